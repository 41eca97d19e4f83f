// A line of iptables-restore text, in words.
#pragma once

#include <string_view>
#include <vector>

namespace egressc::readers {

struct Word {
  std::string_view text;  // of a quoted word what stands between the quotes, backslashes and all
  bool quoted = false;
};

// What is wrong with a line, or "". A comment has no words.
std::string_view split_words(std::string_view line, std::vector<Word>& words);

}  // namespace egressc::readers
