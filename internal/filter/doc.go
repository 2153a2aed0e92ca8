// Package filter is the one language that says which records are meant: in a handler's filter, in
// queries of the store, on the command line and on the page.
//
//	level>=warning logger:shop.pay "connection refused" user_id=42 -path:/health since:-15m
//
// docs/filter.md teaches the language by examples; this page is its definition. A filter is parsed once.
// [Filter.Match] then holds records against it in memory, [Filter.Need] says what a store can narrow a
// search by, and what such a search returns is held against Match again, so that all places agree.
//
// # Grammar
//
//	filter  = [ or ]                          nothing: every record
//	or      = and { "OR" and }
//	and     = not { [ "AND" ] not }
//	not     = [ "-" | "NOT" ] primary
//	primary = "(" or ")" | what | name operator what
//	what    = word | "\"" phrase "\"" | "/" regexp "/" [ "i" ]
//	operator = ":" | "=" | "!=" | "<" | "<=" | ">" | ">="      also ":=" and "==" for "=", ":>" for ">" …
//
// A word goes up to white space, a quote or a parenthesis. In it a star is a wildcard, and a backslash
// takes the meaning from a sign behind it; before a letter or a digit it is itself. In a phrase
// everything is itself but \" and \\. A regular expression has Go's syntax, its slashes are written \/,
// and it ends a word: /api/v1 is one. A name is a letter or one of _ @ $, then letters, digits and - . /;
// any other is put in quotes. A word with a colon behind what is no name, such as 12:30, is a word. By
// itself, * stands for every record.
//
// # Terms
//
// A term is a longest run of letters, marks and numbers (Unicode's categories L, M and N). Each character
// of a script that puts no space between words (Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar) is
// a term by itself. Everything else, the underscore included, stands between terms; so does a byte
// that is no UTF-8. So "user_id=42" has the terms user, id and 42, and "TimeoutError" is one.
//
// Case is no difference anywhere but in a regular expression without i: texts are compared by Unicode's
// simple case folding, except that an ASCII letter and one that is not never fold into each other. Accents
// are a difference, and composed and decomposed forms are not the same.
//
// # Words and phrases
//
// A word or phrase is found where its characters stand in a text one after another and no term goes on
// beyond either of its ends: refused is in "connection refused: 10.0.0.7", and so is "refused: 10",
// but refuse is not. It is a matter of characters between its ends, not of terms: "a b" is not in "a, b".
// At an end where there is a wildcard a term may go on. Within a word a wildcard stands for any
// characters but white space.
//
// Without a name a word is looked for in what a record says: message, exception (type, message,
// traceback), stack, the values of all attrs, and the ids of trace and span. Not in the names of attrs,
// and not in who said it: logger, source, process, thread, task, host, peer.
//
// # Names
//
// A name is the path of a field in the record's JSON form, or one of the short names traceback, function,
// file, line and pid; and it is at the same time the dotted name of an attr. attrs.NAME is the attr
// alone. The dotted name of an attr stands for all that is below it, members of groups and mappings;
// those of a list have the list's name. Names of attrs that are one letter from level, logger and
// the like are errors unless attrs. stands before them.
//
//	name:what   a value has the word or phrase, or matches the regular expression, somewhere
//	name=what   a value is what is written; a wildcard stands for any characters
//	name!=what  the same as -name=what: also where there is no such value
//	name<what   a value is less, and so on
//	name:*      there is a value, be it null; has:name is the same
//
// A number is compared with what is written as a number, if it is one, be it with : or =; with
// wildcards its whole text is. So is the whole of a boolean or null. Orders hold between two numbers, a text that is
// a number included, and between texts, by their folded characters, where what is written is no number. A
// duration (1.5s) is its nanoseconds, as in the JSON form. A value of any other type is as the JSON
// form shows it.
//
// logger:NAME is that logger and all below it, logger=NAME that one alone. level:NAME is a level up to
// the next name, level=NAME or a number that level alone. since: and until: are about the time of the
// record, from and up to a moment; a day is meant whole. [ParseTime] lists how times are written.
//
// # Narrowing
//
// An index of records by terms is made with [Index], which cuts texts as is said above, and folds them.
// A term longer than [MaxTerm] bytes is known by its beginning. What [Filter.Need] returns speaks of
// these terms.
package filter
