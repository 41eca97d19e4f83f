#include "intake/input_words.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "egressc/sources.h"
#include "model/words/words.h"

namespace egressc {

void refuse_options_of_files(std::span<const std::string> words, Diagnostics& diagnostics) {
  for (const std::string& word : words) {
    if (word == "--") return;
    if (!word.starts_with('-') || word == "-" || !intake::exists(word)) continue;
    diagnostics.error({},
                      fmt::format("{}: there is a file of this name here, and whoever made it may have meant it to "
                                  "be taken for an option",
                                  word),
                      fmt::format("./{} is the file, and so is what stands behind --; for the option, run egressc in "
                                  "another directory",
                                  word));
  }
}

}  // namespace egressc

namespace egressc::intake {

// A link that leads nowhere is there, too.
bool exists(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::exists(std::filesystem::symlink_status(path, unknown));
}

bool is_file_of_whole_name(const std::string& word, Diagnostics& diagnostics) {
  if (!exists(word)) return false;
  const std::size_t colon = word.find(':');
  const std::string path = word.substr(colon + 1);
  diagnostics.error({},
                    fmt::format("{}: there is a file of this whole name, so it does not say who vouches for {}", word,
                                path.empty() ? "it" : path),
                    fmt::format("./{} is the file of this name; {}:{}{} is {}", word, word.substr(0, colon),
                                path.starts_with('/') ? "/." : "./", path, path));
  return true;
}

std::vector<std::string_view> input_words() {
  std::vector<std::string_view> words = {"policy"};
  for (const SourceFormat& format : source_formats()) words.push_back(format.name);
  return words;
}

std::optional<InputWord> split_input_word(const std::string& word, Diagnostics& diagnostics) {
  const auto words = input_words();
  const std::size_t colon = word.find(':');
  if (colon == word.npos) return InputWord{{}, word};
  const std::string_view prefix = std::string_view(word).substr(0, colon);
  if (std::find(words.begin(), words.end(), prefix) != words.end()) {
    if (is_file_of_whole_name(word, diagnostics)) return std::nullopt;
    return InputWord{std::string(prefix), word.substr(colon + 1)};
  }
  if (prefix.find('/') != prefix.npos) return InputWord{{}, word};
  const std::string_view best = closest(prefix, words);
  diagnostics.error({}, fmt::format("{}: there is no format \"{}\"", word, prefix),
                    best.empty() ? fmt::format("one of: {}; for a file of that name say ./{}", joined(words), word)
                                 : fmt::format("did you mean {}:{}?", best, word.substr(colon + 1)));
  return std::nullopt;
}

bool is_named_as_policy(std::string_view path) {
  return path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json");
}

}  // namespace egressc::intake
