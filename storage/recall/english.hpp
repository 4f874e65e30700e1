#pragma once

#include <string_view>

/// What lexical recall knows of English, as plain lists.
namespace denidin::recall::english {

/// The commonest words, separated by spaces, the commonest first: their places stand for how little
/// each says (`rarity`).
extern const std::string_view common_words;

/// Words that say nothing about what a sentence is about, separated by spaces.
extern const std::string_view stop_words;

/// `went go;gone go;…`: forms that no stemmer leads back to their word.
extern const std::string_view irregular_forms;

/// Groups of words that people use for the same thing: `kid child children;…`.
extern const std::string_view synonyms;

/// A word and things that are one: `sport:basketball soccer …;…`.
extern const std::string_view members;

}  // namespace denidin::recall::english
