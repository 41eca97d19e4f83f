// Diagnostics about one text, each with the line it is about.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"
#include "model/document/document.h"

namespace egressc {

// `text` and `diagnostics` have to outlive it. After 100 errors one more says that the rest is not shown.
class Complaints {
 public:
  Complaints(std::string_view text, std::string file, Diagnostics& diagnostics)
      : text_(text), file_(std::move(file)), diagnostics_(&diagnostics) {}

  void error(Mark mark, std::string message, std::string hint = {});
  bool any() const { return count_ != 0; }
  Location at(Mark mark) const { return {file_, mark.line, mark.column}; }
  // The line as far as it is worth showing with a caret under `column`.
  std::string line(std::uint32_t number, std::uint32_t column);

 private:
  std::string_view text_;
  std::string file_;
  Diagnostics* diagnostics_;
  std::size_t count_ = 0;
  std::vector<std::size_t> line_starts_;  // found at the first error
};

}  // namespace egressc
