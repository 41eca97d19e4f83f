// A log or a policy as bytes, or as blocks of whole lines, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"
#include "support/descriptor.h"

namespace egressc {

namespace support {
class Decoder;
}

// What may stand at a path: a log may come from a pipe or a device. What is read as a whole may not, unless this
// process was given it open (standard input, /dev/fd): who can make a file could have egressc wait for ever.
enum class FileKind : std::uint8_t { any, regular };

// The bytes of a file, a pipe or standard input; gzip, zstd and xz are decoded on the way.
class ByteInput {
 public:
  // "-" is standard input. What is compressed is known by its first bytes, whatever the name.
  static Result<ByteInput> open(const std::string& path, FileKind kind = FileKind::any);

  // Some of the next bytes, as soon as there are any; 0 at the end. `out` must not be empty.
  Result<std::size_t> read(std::span<char> out);

  // How many bytes are still to come, if the file says so, or 0.
  std::size_t expected() const;

  // As messages call it.
  const std::string& name() const { return name_; }

  ByteInput(ByteInput&&) noexcept;
  ~ByteInput();

 private:
  ByteInput(std::string name, Descriptor file);
  Result<std::size_t> read_file(std::span<char> out);
  Result<std::size_t> decode(std::span<char> out);

  std::string name_;
  Descriptor file_;
  std::string peeked_;  // what told that it is text, not yet handed out
  std::unique_ptr<support::Decoder> decoder_;
  std::uint64_t decoded_ = 0;
};

inline constexpr std::size_t max_line = std::size_t{1} << 20;  // without its '\n'
inline constexpr std::size_t head_size = std::size_t{64} << 10;

// Blocks of whole lines.
class LineInput {
 public:
  // A path, or "-" for standard input; either may be compressed. Reads the head, so that an unreadable file fails here.
  static Result<LineInput> open(const std::string& path, FileKind kind = FileKind::any);

  // The first bytes of the text, at most head_size, not consumed. Good until the first next().
  std::string_view head() const { return {buffer_.data(), end_}; }

  // Sets `lines` to the next whole lines, good until the next call; false at the end. Each line ends in '\n', but for
  // the last of a file that lacks it. A line longer than max_line comes as an empty one, so that lines after it keep
  // their numbers; it is the first line of what the call gives that counts it in overlong_lines().
  Result<bool> next(std::string_view& lines);

  // All that is left, as one text; a Failure if that is more than `limit` bytes, or has a line longer than max_line.
  Result<std::string> rest(std::size_t limit);

  // As rest(), whatever the lines; only before the first next().
  Result<std::string> text(std::size_t limit);

  std::uint64_t overlong_lines() const { return overlong_; }

 private:
  explicit LineInput(ByteInput bytes) : bytes_(std::move(bytes)) {}
  Result<bool> fill();
  void make_room();
  void skip_overlong();
  std::string_view take(std::size_t end);

  ByteInput bytes_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;    // of what next() has not yet given out
  std::size_t scanned_ = 0;  // no '\n' stands in [begin_, scanned_)
  std::size_t end_ = 0;
  bool at_end_ = false;
  bool skipping_ = false;  // the rest of an overlong line comes next
  std::uint64_t overlong_ = 0;
};

// A whole text that need not have lines, from a regular file or "-", compressed or not; a Failure if it is more than
// `limit` bytes.
Result<std::string> read_text(const std::string& path, std::size_t limit);

}  // namespace egressc
