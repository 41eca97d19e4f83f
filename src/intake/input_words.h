// What a word of the command line means, where somebody else may have made the file that it was expanded from.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"

namespace egressc {

// In a directory that others fill, a shell's "*" gives the names of files as words. An error for each option among
// `words` (those before "--") that is the name of a file in the working directory.
void refuse_options_of_files(std::span<const std::string> words, Diagnostics& diagnostics);

}  // namespace egressc

namespace egressc::intake {

bool exists(const std::string& path);

// Whether `word`, which says what its file is (FORMAT:PATH), is as a whole the name of a file: then an error was added.
bool is_file_of_whole_name(const std::string& word, Diagnostics& diagnostics);

// What may stand before the colon of an input: the formats of logs, and "policy".
std::vector<std::string_view> input_words();

// FORMAT:PATH, or PATH alone. A prefix that is no format is part of the path, unless it is so near to one that it must
// be meant.
struct InputWord {
  std::string format;
  std::string path;
};
// nullopt: an error was added.
std::optional<InputWord> split_input_word(const std::string& word, Diagnostics& diagnostics);

// Whether a path tells by its name that a policy is meant: .yaml, .yml or .json.
bool is_named_as_policy(std::string_view path);

}  // namespace egressc::intake
