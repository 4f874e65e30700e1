#include "actors/probe_tables.hpp"

namespace denidin::actors {
namespace {

// clang-format off
constexpr probe_pair table[] = {
    // English: related, paraphrase
    {"when can I come pick up the car?",
     "Garage: the Mazda is done, new brake pads are in, we lock up at six.", true},
    {"Is there anything Rina can't eat?",
     "She has coeliac disease, so nothing with wheat, barley or rye.", true},
    {"how much did we agree on for the bathroom",
     "Plumber's quote: 2,400 for replacing the pipes behind the shower, tiles not included.", true},
    {"Who is looking after the dog while we're in Greece?",
     "My cousin Amit will take Toffee for the two weeks of our holiday.", true},
    {"what was that colour you used on me last time",
     "Client file: ash brown 6.1 with a few caramel highlights around the face, developer "
     "20 vol.", true},
    {"did the boy see someone about his ears",
     "Summary: Yoav, aged 4, was examined by the ENT doctor in March; fluid behind both "
     "eardrums, re-check in three months.", true},
    {"remind me where I'm sitting on the flight",
     "Booking confirmed, LY 315 to London, window 23A, one suitcase included.", true},
    {"Why is my internet so slow in the evenings?",
     "Technician's visit: the old router can't cope with more than ten devices, he "
     "suggested changing to a mesh set.", true},
    {"do they still owe me money?",
     "Invoice 1187 to Carmel Events, 860 euros, unpaid since the end of May.", true},
    {"I want the same cake as for mum's birthday",
     "Order in February: lemon sponge, two layers, raspberry filling, \"Happy 70th "
     "Grandma\" in white icing.", true},
    {"How do I get into the building after hours?",
     "The side door opens with the code 4471 followed by the star key.", true},
    {"any idea what I should get Daniel as a present",
     "Noa: he's been talking about nothing but fly fishing since the summer.", true},
    {"is it safe for her to take that painkiller",
     "Patient reports swelling of the lips after ibuprofen two years ago.", true},
    {"what time does school finish on Fridays",
     "From September the children go home at 11:45 at the end of the week.", true},
    {"which day are you closed?",
     "We do not work on Mondays, all other days from nine to seven.", true},
    {"Who fixed the boiler last winter?",
     "Heating repaired in January by Stefan from AquaTherm, he left his number on a "
     "sticker.", true},
    {"Can you tell me if my parcel is on its way?",
     "Tom (warehouse): box 52 left with the courier this morning, should reach her "
     "tomorrow before noon.", true},
    {"what did the vet say",
     "Luna weighs 6.8 kilos, too heavy for a cat her size; switch to diet food and come "
     "back in eight weeks.", true},
    {"we're thinking of eating out on Saturday, somewhere for my father-in-law",
     "He keeps kosher strictly and he can't manage stairs any more.", true},
    {"My knee is acting up again",
     "Physio notes: torn meniscus on the left side in 2019, exercises twice a day, avoid "
     "running on asphalt.", true},
    {"how far along is she?",
     "Maya told everyone at dinner that the baby is due in the middle of November.", true},
    {"What's the wifi?", "Network \"OliveTree-Guest\", password sunflower88.", true},
    {"did we pay the deposit for the hall",
     "Transferred 1,500 to Villa Rosa on the 3rd to hold the date, remainder a week before "
     "the wedding.", true},
    {"Which milk does the office want?",
     "They asked for oat drink only, twelve cartons every second Sunday.", true},
    {"I've forgotten what size shoes the little one takes",
     "Ella's feet were measured at the shop, she is a 27 now.", true},
    {"the thing under the sink is dripping again",
     "Replaced the trap in the kitchen on 14 April, guarantee of one year on the work.", true},
    {"So, will grandpa be able to drive himself?",
     "After the cataract operation he mustn't get behind the wheel for at least ten days.", true},
    {"what's left to do before the audit",
     "Still missing: receipts for fuel from July, the signed lease, and the bank statement "
     "of the second account.", true},
    {"Who should I call if the alarm goes off at night?",
     "Security company's emergency line is 03-555-0142, give them the customer number 8810.", true},
    {"Does anyone speak French there?",
     "Our receptionist Amélie grew up in Lyon and is in on Tuesdays and Thursdays.", true},
    {"where did I leave off with the guitar lessons",
     "Summary of the lesson: barre chords are getting cleaner, next time we begin with "
     "fingerpicking in three-four time.", true},
    {"I'd like to move it to later in the day",
     "Appointment: haircut and beard, Wednesday 10:15 with Lior.", true},
    {"How come they charged me twice?",
     "Two payments of 79.90 went through on the same evening because the terminal lost its "
     "connection; the second one will be refunded within five days.", true},
    {"is he allowed nuts at kindergarten",
     "Note to parents: our group has a child with a severe peanut reaction, please send "
     "sandwiches without any spreads of that sort.", true},
    {"What was the name of that little hotel we loved?",
     "Paul: best stay of the trip was Casa dos Limoeiros near Sintra, breakfast in the "
     "garden, owner's name is Teresa.", true},
    {"I can't log in, it says my details are wrong",
     "After three failed attempts the account is blocked for half an hour; resetting goes "
     "through the link under \"forgotten password\".", true},
    // English: related, overlap
    {"What time is my appointment with Dr. Levin on Thursday?",
     "Your appointment with Dr. Levin is set for Thursday at 16:40, third floor.", true},
    {"How much does a balayage cost?",
     "Price list: balayage from 420, long hair 520, toner included.", true},
    {"When will the sofa be delivered?",
     "Sofa delivery is planned for the 22nd between 8 and 12; two people must be home to "
     "receive it.", true},
    {"is Omer allergic to penicillin",
     "Omer is allergic to penicillin and to bee stings, he carries an EpiPen.", true},
    {"what's the number of the order with the blue curtains",
     "Order 30417: blue curtains, 240 x 260, lining, to be hung by us.", true},
    {"Do you do wheel alignment?",
     "Yes, wheel alignment takes about forty minutes and costs 180.", true},
    {"When does Sarah's passport expire?",
     "Sarah's passport expires on 9 August next year, Ben's only in 2031.", true},
    {"how many challahs did we order for Friday",
     "Standing order: four challahs every Friday, two of them with raisins.", true},
    {"Is the leak in the roof fixed?",
     "The roofer came on Sunday, the leak above the bedroom is fixed but the gutter still "
     "needs sealing.", true},
    {"What was the dose for the dog's ear drops?",
     "Ear drops for the dog: five drops in each ear, morning and evening, for ten days.", true},
    {"Which books does the teacher want for grade four?",
     "Teacher's list for grade four: the maths workbook part B, an atlas, and the reader "
     "with the green cover.", true},
    {"who plays goalkeeper on Sunday",
     "Eitan will be goalkeeper on Sunday because Ronen broke a finger.", true},
    {"Is my laptop ready?",
     "Your laptop is ready: we replaced the battery and cleaned the fan, the screen was "
     "fine.", true},
    {"What do I owe for the lessons in May?",
     "Five piano lessons in May at 150 each, you owe 750, you've paid 300 so far.", true},
    {"when's Grandma's surgery",
     "Grandma's hip surgery was moved to the 18th, she has to fast from midnight.", true},
    {"Do you have gluten free bread on Wednesdays?",
     "Gluten free bread is baked on Wednesdays and Fridays only, better to reserve a loaf "
     "the day before.", true},
    {"what did Karen say about the flowers for the tables",
     "Karen: for the tables I'd rather have white flowers, low ones, so people can see "
     "each other.", true},
    {"Can I bring my dog to the apartment in Haifa?",
     "The apartment in Haifa allows one small dog for an extra fee of 30 per night.", true},
    {"How long is the warranty on the washing machine?",
     "Washing machine bought 11 Dec., warranty three years, receipt is in the drawer with "
     "the manuals.", true},
    {"which train does Michael take on Sunday mornings",
     "Michael takes the 6:52 train on Sundays and gets off at University station.", true},
    {"the password for the printer scanner please",
     "Scanner and printer in the back office: user admin, password Kite-2207.", true},
    {"Has the insurance paid for the bumper?",
     "The insurance approved the bumper and the headlamp, payment goes directly to the "
     "garage.", true},
    {"when is Ruth's yoga class",
     "Ruth moved her yoga class to Tuesdays at 19:30, bring your own mat.", true},
    {"What blood pressure pills does Dad take now?",
     "Dad's blood pressure: the doctor replaced the old pills with amlodipine 5 mg, one "
     "every morning.", true},
    {"Did the accountant send the VAT report for the second quarter?",
     "Accountant: VAT report for April to June was sent today, amount to pay 3,912.", true},
    {"how do you want the logo on the shirts",
     "Forty shirts, navy, logo in white on the chest, big print on the back with the phone "
     "number.", true},
    {"What's the address of the new clinic?",
     "From the first of the month the clinic's new address is 17 Harbour Street, entrance "
     "from the car park.", true},
    {"Are we still on for the hike with the Cohens?",
     "Hike with the Cohens postponed to the 25th because of the heat, we meet at the "
     "spring at six.", true},
    {"who has the spare key to the shop?",
     "There are two spare keys to the shop, one with Yael and one in the safe.", true},
    {"Is the red velvet for Tamar dairy free?",
     "Tamar's red velvet must be dairy free, use margarine and coconut cream for the "
     "frosting.", true},
    {"Let me know how the swimming test went for Adam, the one he had to do for the course",
     "Adam passed the swimming test on the second try, so he can join the lifeguard course "
     "in July.", true},
    {"when do the tulip bulbs need to go in the ground",
     "Garden notes: tulip bulbs go into the ground in late November, fifteen centimetres "
     "deep, after six weeks in the fridge.", true},
    {"Hi, it's Gila from the bakery on the corner, I'd like to know whether you managed to find "
     "out why our oven keeps shutting down after twenty minutes, we have a big order of pastries "
     "for the weekend and I really can't work like this",
     "Technician's report, bakery oven: shuts down after about twenty minutes because the "
     "thermostat overheats, part ordered, will be fitted on Thursday at seven in the "
     "morning.", true},
    {"what rate did the bank offer for the loan",
     "The bank offered a loan of 80,000 over five years at a rate of 5.4 percent, no early "
     "repayment fee.", true},
    {"Does the 3pm slot with Shir still work?",
     "Shir has a free slot at 3pm tomorrow, gel manicure, I've pencilled you in.", true},
    {"What's wrong with the air conditioner in room 12?",
     "Room 12: air conditioner blows warm, gas was refilled last year, probably a leak in "
     "the outdoor unit.", true},
    // English: related, paraphrase
    {"Morning! Sorry to bother you on the weekend. We're going to have a full house over the "
     "holiday and I've completely lost track of who sleeps where, could you tell me what we "
     "settled on?",
     "Summary: relatives stay from Wednesday to Sunday. Grandparents get the downstairs "
     "bedroom, Josh and Emma the attic, the teenagers take mattresses in the study, and "
     "the baby's cot goes next to Ruthie.", true},
    {"any reason I shouldn't hire him again",
     "The carpenter turned up three days late, left sawdust all over the stairs and then "
     "asked for 200 more than the offer said.", true},
};
// clang-format on

}  // namespace

std::span<const probe_pair> english_related_probes() { return table; }

}  // namespace denidin::actors
