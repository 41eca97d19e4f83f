#include "model/complaints.h"

#include <algorithm>

namespace egressc {
namespace {

constexpr std::size_t most_errors = 100;
constexpr std::size_t most_columns = 4096;
constexpr std::size_t after_caret = 200;

}  // namespace

void Complaints::error(Mark mark, std::string message, std::string hint) {
  ++count_;
  if (count_ <= most_errors)
    diagnostics_->error(at(mark), std::move(message), std::move(hint), line(mark.line, mark.column));
  else if (count_ == most_errors + 1)
    diagnostics_->error(at(mark), "too many errors: the rest is not shown");
}

std::string Complaints::line(std::uint32_t number, std::uint32_t column) {
  if (number == 0 || column > most_columns) return {};
  if (line_starts_.empty()) {
    line_starts_.push_back(0);
    for (std::size_t end = text_.find('\n'); end != text_.npos; end = text_.find('\n', end + 1))
      line_starts_.push_back(end + 1);
  }
  if (number > line_starts_.size()) return {};
  const std::size_t start = line_starts_[number - 1];
  std::string_view line = text_.substr(start, text_.find('\n', start) - start);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return std::string(line.substr(0, column + after_caret));
}

}  // namespace egressc
