#include "support/input.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

namespace egressc {
namespace {

// A full buffer without '\n' is then a line that is too long, and one with it is not.
constexpr std::size_t buffer_size = max_line + 1;

// What is read at a time: little enough to be in the cache still when it is parsed.
constexpr std::size_t slice = std::size_t{128} << 10;

}  // namespace

Result<LineInput> LineInput::open(const std::string& path, FileKind kind) {
  auto bytes = ByteInput::open(path, kind);
  if (!bytes) return bytes.failure();
  LineInput input(std::move(*bytes));
  input.buffer_.resize(head_size);
  while (!input.at_end_ && input.end_ < head_size) {
    const auto more = input.fill();
    if (!more) return more.failure();
  }
  return input;
}

Result<bool> LineInput::fill() {
  const auto size = bytes_.read(std::span(buffer_).subspan(end_, std::min(buffer_.size() - end_, slice)));
  if (!size) return size.failure();
  end_ += *size;
  at_end_ = *size == 0;
  return !at_end_;
}

Result<bool> LineInput::next(std::string_view& lines) {
  buffer_.resize(buffer_size);
  for (;;) {
    if (skipping_) skip_overlong();
    const void* const newline = skipping_ ? nullptr : ::memrchr(buffer_.data() + scanned_, '\n', end_ - scanned_);
    if (newline != nullptr) {
      lines = take(static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1);
      return true;
    }
    scanned_ = end_;
    if (at_end_) {
      if (begin_ == end_) return false;
      lines = take(end_);
      return true;
    }
    make_room();
    const auto more = fill();
    if (!more) return more;
  }
}

// Leaves the '\n' that ends the overlong line, or nothing if it has not come yet.
void LineInput::skip_overlong() {
  const void* const newline = std::memchr(buffer_.data() + begin_, '\n', end_ - begin_);
  begin_ = newline == nullptr ? end_ : static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data());
  scanned_ = begin_;
  skipping_ = newline == nullptr;
}

// What is left of the last block is less than a line: it moves to the front, once.
void LineInput::make_room() {
  if (end_ - begin_ == buffer_size) {
    ++overlong_;
    skipping_ = true;
    begin_ = end_;
  }
  if (begin_ != 0) std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  scanned_ -= std::min(scanned_, begin_);
  begin_ = 0;
}

std::string_view LineInput::take(std::size_t end) {
  const std::string_view lines(buffer_.data() + begin_, end - begin_);
  begin_ = scanned_ = end;
  return lines;
}

Result<std::string> LineInput::rest(std::size_t limit) {
  std::string text;
  text.reserve(std::min(end_ - begin_ + bytes_.expected(), limit));
  std::string_view lines;
  for (;;) {
    const auto more = next(lines);
    if (!more) return more.failure();
    if (overlong_ != 0)
      return Failure{fmt::format("{}: line {} is longer than {} bytes", printable(bytes_.name(), 4096),
                                 std::count(text.begin(), text.end(), '\n') + 1, max_line)};
    if (!*more) return text;
    if (lines.size() > limit - text.size())
      return Failure{fmt::format("{}: longer than {} bytes", printable(bytes_.name(), 4096), limit)};
    text += lines;
  }
}

Result<std::string> LineInput::text(std::size_t limit) {
  std::string text(head());
  for (std::size_t end = text.size();;) {
    text.resize(end + slice);
    const auto size = bytes_.read(std::span(text).subspan(end));
    if (!size) return size.failure();
    end += *size;
    if (end > limit) return Failure{fmt::format("{}: more than {} MiB", printable(bytes_.name()), limit >> 20)};
    if (*size != 0) continue;
    text.resize(end);
    return text;
  }
}

Result<std::string> read_text(const std::string& path, std::size_t limit) {
  auto input = LineInput::open(path, FileKind::regular);
  if (!input) return input.failure();
  return input->text(limit);
}

}  // namespace egressc
