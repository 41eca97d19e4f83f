// Compressed data, or text in UTF-16, to bytes of text, a buffer at a time, in bounded memory.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace egressc::support {

class Decoder {
 public:
  enum class Status { ok, needs_input, corrupt, too_much_memory };

  // How much of a file tells how it is compressed.
  static constexpr std::size_t magic_size = 6;
  // nullptr for what is neither. `head` is what was read of the file, at most magic_size, and is decoded, too.
  static std::unique_ptr<Decoder> for_data(std::string_view head);

  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  // "gzip", "zstd", "xz", "UTF-16".
  std::string_view name() const;
  // Where the next compressed bytes are to be put; only after needs_input.
  std::span<char> input_space();
  void add_input(std::size_t size);
  // Decodes into `out` and sets `written`. needs_input: all input is used up, and nothing was written.
  Status decode(std::span<char> out, std::size_t& written);
  // The input may end here: between two members or frames, or in the zeros that a tape pads gzip and xz with.
  bool may_end();

 private:
  struct Codec;
  explicit Decoder(std::unique_ptr<Codec> codec);
  std::unique_ptr<Codec> codec_;
};

}  // namespace egressc::support
