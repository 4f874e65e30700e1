#include "actors/probe_tables.hpp"

namespace denidin::actors {
namespace {

// clang-format off
constexpr probe_pair table[] = {
    // Arabic: related, paraphrase
    {"متى أستطيع أن آتي لأخذ السيارة؟",
     "الورشة: خلصنا الكيا، ركّبنا فحمات جديدة، ونسكّر عند السادسة.", true},
    {"هل هناك شيء لا تأكله ليلى؟", "منذ عملية المرارة وهي تبتعد عن كل ما هو مقلي ودسم.", true},
    {"بكم اتفقنا مع النجّار؟",
     "خزانة المطبخ من خشب الزان ٣٨٠٠، نصفها مقدماً والباقي عند التركيب.", true},
    {"شو الهدية المناسبة لخالد؟", "نور: صار له شهور يحكي عن تلسكوب يشوف فيه القمر.", true},
    {"وين صار طردي؟", "سامر من المخزن: الصندوق ٥٢ خرج اليوم مع المندوب ويصل غداً قبل الظهر.", true},
    {"ظهري عاد يؤلمني",
     "ملاحظات العلاج الطبيعي: انزلاق بسيط بين الفقرتين الرابعة والخامسة، ممنوع رفع الأثقال.", true},
    {"من يوصل جدّتي إلى المستشفى؟",
     "اتفقنا أن يأخذها عمّي رائد بسيارته في السابعة صباحاً ويبقى معها حتى تنتهي الفحوص.", true},
    // Arabic: related, overlap
    {"في أي ساعة موعدي مع الدكتور حداد يوم الخميس؟",
     "موعدك مع الدكتور حداد يوم الخميس الساعة ١٦:٤٠ في الطابق الثالث.", true},
    {"كم سعر صبغة الشعر كاملة؟", "قائمة الأسعار: صبغة الشعر من ١٨٠، وللشعر الطويل ٢٥٠.", true},
    {"متى توصلون الغسّالة الجديدة",
     "توصيل الغسّالة الجديدة يوم الأربعاء مساءً، والعامل يأخذ القديمة معه.", true},
    {"هل عمر عنده حساسية من الفراولة؟",
     "عمر عنده حساسية من الفراولة والكيوي، يظهر عنده طفح حول الفم.", true},
    {"كم كيلو بقلاوة طلبنا للعرس؟",
     "طلبية العرس: اثنا عشر كيلو بقلاوة وستة كيلو معمول بالتمر.", true},
    {"مع من المفتاح الاحتياطي للمحل؟",
     "للمحل مفتاحان احتياطيان، واحد مع هدى وواحد في الخزنة.", true},
    // Arabic: unrelated, other matter
    {"أريد حجز موعد لقص الشعر", "شجرة الزيتون خلف البيت لم تحمل هذا العام.", false},
    {"كم عليّ ثمن الإطارات؟", "حكى لنا جدي عن أول راديو دخل القرية.", false},
    {"هل نجح سامي في المقابلة؟", "سجادة الصالون تُغسل بالماء البارد فقط.", false},
    {"هاتفي لا يشحن", "ابنة أختي ترسم خيولاً وتعلّقها على باب غرفتها.", false},
    {"أين أقرب صيدلية مناوبة؟", "عقد إيجار المكتب ينتهي في تشرين الأول ويمكن تمديده سنتين.", false},
    {"عندك وصفة لشوربة العدس؟", "أُلغيت مخالفة الوقوف بعد الاعتراض.", false},
    {"كم يوماً تحتاج ترجمة الوثيقة؟", "القطة تخاف من المكنسة وتختبئ فوق الثلاجة.", false},
    {"كيف حال والدتك؟", "نموذج الاتصال في الموقع يرسل الرسائل إلى العنوان القديم.", false},
    {"متى يأتي الباص إلى حيفا", "سقطت حشوة الضرس العلوي ووضعنا حشوة مؤقتة.", false},
    // Arabic: unrelated, same field
    {"ممكن نغيّر موعد القص ليوم الجمعة؟", "الكوافيرة سناء في إجازة حتى العشرين من الشهر.", false},
    {"متى غيّرتم زيت سيارتي آخر مرة؟",
     "سيارة أبو يوسف لم تنجح في الفحص، العادم يحتاج لحاماً.", false},
    {"هل في الكعك مكسرات؟", "فرن المخبز الثاني سيُركّب في أيام العيد.", false},
    {"أريد صينيتين من الكنافة ليوم الثلاثاء", "وصلت ٢٥ كيس طحين، واحد منها ممزق.", false},
    {"متى فحص الدم القادم؟", "مصعد العيادة معطل، استعملوا المدخل الجانبي.", false},
    {"حنفية المطبخ تنقّط", "السبّاك غيّر لوحة سيارته ورقمه صار ينتهي بسبعين.", false},
    {"هل أرسلتم الطلبية ٥٥٢١؟", "الزبون أبو فادي يريد الفاتورة باسم الشركة.", false},
    {"كم رصيد حساب المحل؟", "فرع البنك في الشارع الرئيسي ينتقل إلى المجمع التجاري.", false},
    {"متى تبدأ عطلة المدرسة؟", "قالت المديرة إن الهواتف تبقى في الخزائن.", false},
    // Arabic: unrelated, nonsense
    {"شسيب لاتنم كطظز", "رنا تلعب كرة السلة في فريق المدرسة.", false},
    // Russian: related, paraphrase
    {"когда можно забрать машину?",
     "Мастерская: «Шкода» готова, колодки поменяли, закрываемся в шесть.", true},
    {"Что дедушке нельзя есть?",
     "После больницы ему велели забыть про солёное, жареное и копчёности.", true},
    {"на чём сошлись с плиточником",
     "Кухня и коридор, 17 метров, просит 900 за всё вместе с затиркой.", true},
    {"кто польёт цветы, пока нас нет",
     "Соседка Галя возьмёт ключи и будет заходить через день до конца месяца.", true},
    {"Во сколько вы открываетесь?",
     "Режим работы: будни с десяти до восьми, в субботу до обеда.", true},
    {"почему с карты сняли два раза",
     "Терминал завис, и 79,90 прошли дважды, лишнее вернётся за пять рабочих дней.", true},
    {"как там зуб у Лёши?",
     "Врач убрала нерв, поставила временную пломбу, через неделю снимок и коронка.", true},
    // Russian: related, overlap
    {"Во сколько у меня приём у доктора Левина в четверг?",
     "Приём у доктора Левина в четверг в 16:40, третий этаж.", true},
    {"сколько стоит окрашивание длинных волос",
     "Прайс: окрашивание от 180, длинные волосы 250, укладка отдельно.", true},
    {"Когда привезут холодильник?",
     "Холодильник привезут в среду вечером, старый грузчики заберут с собой.", true},
    {"у Миши аллергия на мёд?", "У Миши аллергия на мёд и цитрусовые, от них краснеют щёки.", true},
    {"Какой размер формы для танцев у Вари?",
     "Форма для танцев: Варе 34-й размер, чешки 21,5 см.", true},
    {"у кого запасной ключ от магазина",
     "Запасных ключей от магазина два: один у Яны, второй в сейфе.", true},
    // Russian: unrelated, other matter
    {"хочу записаться на стрижку", "Картошку с дачи сложили в погреб, четыре мешка.", false},
    {"Сколько я должен за шины?",
     "Бабушка вспоминала, как в общежитии варили кисель на весь этаж.", false},
    {"Тимура взяли на работу?",
     "Кофемашину чистить от накипи раз в два месяца лимонной кислотой.", false},
    {"телефон не заряжается", "Контрольная по дробям во вторник, параграфы пять и шесть.", false},
    {"где ближайшая дежурная аптека",
     "Группа Никиты играет 12-го, двери открывают в девять.", false},
    {"Есть хороший рецепт рассольника?",
     "Полис на квартиру продлили на год, сумма покрытия прежняя.", false},
    {"напомни поздравить тётю Олю", "Уровень масла в компрессоре проверять каждую пятницу.", false},
    {"Какая погода будет на свадьбе?",
     "Пароль от бухгалтерской программы сменили, спросить у Марины.", false},
    {"есть новости по ипотеке?", "Потеряли лыжную палку где-то у второго подъёмника.", false},
    // Russian: unrelated, same field
    {"Можно перенести стрижку на пятницу?", "Мастер Диана теперь ещё и делает брови.", false},
    {"когда мне в последний раз меняли масло",
     "«Субару» Петренко не прошла техосмотр, надо варить глушитель.", false},
    {"В пирожных есть орехи?", "Вторую печь в пекарне поставят на праздниках.", false},
    {"сколько ярусов у свадебного торта", "Закваску летом кормить два раза в день.", false},
    {"Когда мне снова сдавать кровь?", "Лифт в поликлинике не работает, вход через пандус.", false},
    {"труба в ванной гудит по ночам",
     "Сантехник просит освободить место для его фургона у подъезда.", false},
    {"Заказ 5521 уже отправили?", "Покупатель из Твери просит чек на другую почту.", false},
    {"во сколько рейс в Рим", "Гостиница в Риме берёт городской налог, шесть евро за ночь.", false},
    {"Какая страница по истории на завтра?",
     "Учительница истории собирает деньги на музей, по 45 с человека.", false},
    // Russian: unrelated, nonsense
    {"йцук фывап олджэ", "Аня занимается вышивкой и шьёт кукол на ярмарку.", false},
    // Spanish: related, paraphrase
    {"¿Ya puedo pasar por la moto?",
     "Taller: cadena tensada y aceite nuevo, la Honda está lista para recoger hasta las "
     "ocho.", true},
    {"¿Hay algo que Rosa no tome?",
     "Está embarazada, así que nada de vino ni de pescado crudo.", true},
    {"en cuánto quedamos por las ventanas",
     "Presupuesto de Aluminios Sur: 3.150 con montaje, persianas aparte.", true},
    {"¿Por qué no me deja entrar en mi cuenta?",
     "El usuario se bloquea media hora tras tres intentos con la clave equivocada.", true},
    // Spanish: related, overlap
    {"¿A qué hora es mi cita con la doctora Lara el jueves?",
     "Su cita con la doctora Lara es el jueves a las 16:40, tercera planta.", true},
    {"cuánto cuestan las mechas", "Lista de precios: mechas desde 65, pelo largo 80.", true},
    {"¿Qué flores quería Carmen para la iglesia?",
     "Carmen quiere para la iglesia flores silvestres, nada de rosas.", true},
    {"cuándo operan a la abuela",
     "A la abuela la operan de la cadera el 18, en ayunas desde medianoche.", true},
    // Spanish: unrelated, other matter
    {"quiero pedir hora para depilarme",
     "El burro del vecino se escapó otra vez al olivar.", false},
    {"¿Cogieron a Tomás en el trabajo?", "La humedad del sótano viene de la pared norte.", false},
    {"se me ha roto el cargador del móvil",
     "La abuela nació en Oviedo y fue modista toda la vida.", false},
    {"¿Tienes una receta de croquetas?",
     "Anularon la multa de aparcamiento tras el recurso.", false},
    {"¿Cómo está tu madre?",
     "El contenedor de pienso llega al puerto de Valencia el martes.", false},
    {"recuérdame llamar al notario", "Lucía ensaya con el coro los miércoles a las siete.", false},
    // Spanish: unrelated, same field
    {"¿Puedo cambiar el corte al viernes?",
     "La peluquera nueva se llama Inés y viene de Sevilla.", false},
    {"¿Los bollos llevan nueces?",
     "El horno pequeño de la panadería tarda una hora en calentarse.", false},
    {"no sale agua caliente de la ducha",
     "El fontanero aparca siempre en el vado del garaje.", false},
    {"¿Ya ha salido el pedido 5521?",
     "El pedido 5187 ha vuelto, el cliente no estaba en casa.", false},
    {"¿A qué hora sale el vuelo a Oslo?",
     "En Noruega nos llovió ocho días y comimos salmón a diario.", false},
    {"cuándo empiezan las vacaciones del cole",
     "La directora avisó de que los móviles se quedan en las taquillas.", false},
    // German: related, paraphrase
    {"Wann kann ich das Rad abholen?",
     "Werkstatt: Kette und Bremszüge sind getauscht, ab morgen Mittag steht es für Sie "
     "bereit.", true},
    {"was schenken wir Opa bloß",
     "Er hat neulich gesagt, dass ihm zum Wandern ein ordentlicher Stock fehlt.", true},
    {"Mein Rücken macht wieder Ärger",
     "Physiotherapie: Lendenwirbel blockiert, zweimal täglich dehnen, nichts Schweres "
     "heben.", true},
    // German: related, overlap
    {"Um wie viel Uhr ist mein Termin bei Frau Doktor Lenz am Donnerstag?",
     "Ihr Termin bei Frau Doktor Lenz ist am Donnerstag um 16:40 Uhr, dritter Stock.", true},
    {"wie viele Brezeln brauchen wir fürs Sommerfest",
     "Fürs Sommerfest sind 120 Brezeln bestellt, Abholung um neun.", true},
    // German: unrelated, other matter
    {"ich brauche einen Termin zum Haareschneiden",
     "Im Keller steht noch der Schlitten von Tante Hilde.", false},
    {"Hat Timo die Stelle bekommen?", "Die Kaffeemaschine alle zwei Monate entkalken.", false},
    {"Hast du ein gutes Rezept für Rouladen?",
     "Das Finanzamt verlängert die Frist bis Ende September.", false},
    {"Wo ist die nächste Tankstelle?",
     "Leni hat das Seepferdchen geschafft und ist mächtig stolz.", false},
    // German: unrelated, same field
    {"Sind in den Krapfen Nüsse?", "Der Bäckerlehrling hat am Montag Berufsschule.", false},
    {"aus der Dusche kommt kein warmes Wasser",
     "Der Klempner hat seine Rohrzange bei uns vergessen.", false},
    {"Ist die Bestellung 5521 schon unterwegs?",
     "Der Paketbote klingelt nur noch im Erdgeschoss.", false},
    // French: related, paraphrase
    {"on peut venir chercher les lunettes quand",
     "Opticien : les verres progressifs sont montés, la boutique est ouverte jusqu'à 19 h.", true},
    {"qui garde le lapin pendant les vacances",
     "Ma cousine Élodie passera tous les deux jours lui donner du foin et de l'eau.", true},
    {"Pourquoi il fait si froid dans la chambre ?",
     "Le chauffagiste a trouvé de l'air dans le radiateur du fond, il revient purger lundi.", true},
    // French: related, overlap
    {"C'est à quelle heure mon rendez-vous avec le docteur Lambert jeudi ?",
     "Votre rendez-vous avec le docteur Lambert est jeudi à 16 h 40, troisième étage.", true},
    {"combien coûte la location de la salle",
     "La location de la salle coûte 600 le week-end, ménage compris.", true},
    // French: unrelated, other matter
    {"je voudrais prendre rendez-vous pour une coupe",
     "La barque prend l'eau, il faut refaire le joint avant l'été.", false},
    {"Théo a eu le poste ?", "Les tomates cerises se sèment en mars derrière une vitre.", false},
    {"Tu as une bonne recette de gratin ?",
     "La déclaration de TVA est partie hier, montant 1 420.", false},
    {"Des nouvelles du prêt immobilier ?",
     "Perdu : un doudou girafe, entre le square et la bibliothèque.", false},
    // French: unrelated, same field
    {"Il y a des noix dans les beignets ?", "La boulangère ferme trois semaines en août.", false},
    {"la chasse d'eau coule sans arrêt",
     "Le plombier part à la retraite et cherche un repreneur.", false},
    {"À quelle heure part le train pour Nantes ?",
     "À Nantes, nous avons vu l'éléphant mécanique avec les petits.", false},
    // Portuguese: related, paraphrase
    {"qual foi o valor que o pintor pediu?",
     "Sala e corredor, duas demãos, o Rui faz por 780 com material.", true},
    // Portuguese: related, overlap
    {"Quem ficou com as chaves da carrinha?",
     "As chaves da carrinha ficaram com a Joana, as outras no cofre.", true},
    // Portuguese: unrelated, other matter
    {"queria marcar um corte de cabelo",
     "A nossa figueira deu tantos figos que fizemos doze frascos de doce.", false},
    // Portuguese: unrelated, same field
    {"A encomenda 5521 já saiu?", "A transportadora mudou o horário do armazém.", false},
    // Italian: related, paraphrase
    {"Cosa posso regalare alla zia?",
     "Ha detto che le piacerebbe tanto imparare a fare la ceramica.", true},
    // Italian: related, overlap
    {"quando arriva il tavolo di noce per il ristorante",
     "Il tavolo di noce per il ristorante arriva il 9, da montare sul posto.", true},
    // Italian: unrelated, other matter
    {"hai una buona ricetta per le melanzane?",
     "Il meccanico di bordo ha rinnovato la patente nautica.", false},
    // Italian: unrelated, same field
    {"Il gatto può mangiare il tonno?",
     "Il gatto del piano di sopra miagola tutta la notte.", false},
    // Turkish: related, paraphrase
    {"Teyzem neden kahve içmiyor?", "Doktor çarpıntısı yüzünden ona kafeini yasakladı.", true},
    // Turkish: related, overlap
    {"dükkânın yedek anahtarı kimde",
     "Dükkânın iki yedek anahtarı var, biri Elif'te, öbürü kasada.", true},
    // Turkish: unrelated, other matter
    {"telefonum şarj olmuyor", "Dedem gençliğinde Trabzon'da balıkçılık yapmış.", false},
    // Turkish: unrelated, same field
    {"Düğün pastası kaç katlı olacak?", "Fırında cuma günleri simit erken bitiyor.", false},
    // Chinese: related, paraphrase
    {"奶奶为什么不能吃甜的？", "上次体检发现血糖偏高，医生让她少碰糖和米饭。", true},
    // Chinese: related, overlap
    {"周六的钢琴课改到几点了", "钢琴课从周六上午十点改到下午三点。", true},
    // Chinese: unrelated, other matter
    {"我想预约剪头发", "阳台的西红柿长了蚜虫，用肥皂水喷一喷。", false},
    // Chinese: unrelated, same field
    {"5521号订单发货了吗？", "仓库的叉车坏了，明天有人来修。", false},
    // Hindi: related, paraphrase
    {"गाड़ी लेने कब आ सकता हूँ?",
     "वर्कशॉप: नए ब्रेक पैड लग गए हैं, काम पूरा हो गया, हम छह बजे बंद करते हैं।", true},
    // Hindi: related, overlap
    {"शादी के लिए कितने किलो लड्डू मँगवाए थे",
     "शादी का ऑर्डर: पंद्रह किलो लड्डू और पाँच किलो बर्फ़ी।", true},
    // Hindi: unrelated, other matter
    {"मेरा फ़ोन चार्ज नहीं हो रहा", "दादी बचपन में नदी के किनारे वाले गाँव में रहती थीं।", false},
    // Hindi: unrelated, same field
    {"नहाने के लिए गरम पानी नहीं आ रहा", "प्लंबर की बेटी उसके साथ काम सीखना शुरू कर रही है।", false},
    // Hebrew asks, English remembers: related, paraphrase
    {"מתי החתונה של מיכל?",
     "Michal and Guy are getting married on 6 June at the vineyard near Zichron.", true},
    {"כמה עלה לנו תיקון המקרר",
     "Fridge repaired by Boris, compressor replaced, paid 640 including the visit.", true},
    {"איפה גר הבן של השכנים עכשיו?",
     "The neighbours' son moved to Berlin in spring and works as a sound engineer.", true},
    {"מה צריך להביא לבדיקה אצל הקרדיולוג",
     "For the heart check-up bring the last ECG, the list of medicines and the referral.", true},
    // English asks, Hebrew remembers: related, paraphrase
    {"When does the kindergarten open after the holidays?",
     "הגן חוזר לפעילות ביום ראשון אחרי סוכות, בשבע וחצי.", true},
    {"Which apartment did the buyers choose?",
     "הזוג החליט לקחת את הדירה עם המרפסת בקומה חמישית, ארבעה חדרים.", true},
    {"does Avi still play the drums", "אבי מכר את מערכת התופים לפני שנה ועבר לבס.", true},
    {"how many guests are coming to the bar mitzvah",
     "לבר המצווה אישרו הגעה 84 אנשים, עוד 12 לא ענו.", true},
    // Hebrew asks, English remembers: unrelated, other matter
    {"מי עושה מחר את המשמרת של הבוקר?",
     "The lemon tree has lice, spray it with soapy water twice a week.", false},
    {"אפשר לקבל קבלה על התשלום",
     "Her grandmother's maiden name was Feldman, from Czernowitz.", false},
    // English asks, Hebrew remembers: unrelated, other matter
    {"where can I buy the spare filter?", "אורי ניצח בתחרות השחייה במאה מטר חזה.", false},
    {"what's the name of the new intern", "התחזית לשבת: גשם כל היום ורוחות חזקות בצפון.", false},
};
// clang-format on

}  // namespace

std::span<const probe_pair> other_probes() { return table; }

}  // namespace denidin::actors
