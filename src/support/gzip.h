// gzip data (RFC 1952) to bytes, a buffer at a time.
#pragma once

#include <zlib.h>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace egressc {

class GzipDecoder {
 public:
  enum class Status { ok, needs_input, corrupt };

  GzipDecoder();
  ~GzipDecoder();
  GzipDecoder(const GzipDecoder&) = delete;  // zlib's state points back at its stream
  GzipDecoder& operator=(const GzipDecoder&) = delete;

  static bool is_magic(std::string_view head) { return head.starts_with("\x1f\x8b"); }

  // Where the next compressed bytes are to be put; only after needs_input.
  std::span<char> input_space() { return input_; }
  void add_input(std::size_t size);

  // Decodes into `out` and sets `written`. needs_input: all input is used up, and nothing was written.
  Status decode(std::span<char> out, std::size_t& written);

  // The input may end here: between two members, or in the zeros that a tape pads with.
  bool may_end() const { return state_ != State::in_member; }

 private:
  enum class State { in_member, after_member, in_padding };

  bool begin_next_member();

  z_stream stream_{};
  State state_ = State::in_member;
  std::array<char, std::size_t{64} << 10> input_;
};

}  // namespace egressc
