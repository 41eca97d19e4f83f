#include "support/decoder.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <new>
#include <optional>
#include <utility>
#include <variant>

namespace egressc::support {
namespace {

using Status = Decoder::Status;

// Of what a decoder may hold at a time: that of `xz -9` and of zstd without --long.
constexpr std::uint64_t most_memory = std::uint64_t{128} << 20;
constexpr int most_window = 27;  // the same, as a power of two

// A frame, or one to skip, with which parallel compressors begin.
bool is_zstd(std::string_view head) {
  return head.starts_with("\x28\xb5\x2f\xfd") ||
         (head.size() >= 4 && (static_cast<unsigned char>(head[0]) & 0xf0) == 0x50 &&
          head.substr(1, 3) == "\x2a\x4d\x18");
}

// Its byte order mark; with zeros behind it, it is that of UTF-32.
bool is_utf16(std::string_view head) {
  using namespace std::string_view_literals;
  return (head.starts_with("\xff\xfe") && !head.substr(2).starts_with("\0\0"sv)) || head.starts_with("\xfe\xff");
}

}  // namespace

// The compressed bytes that are due.
struct CompressedInput {
  std::array<char, std::size_t{64} << 10> bytes;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool empty() const { return begin == end; }
};

// RFC 1952. Members follow each other without a gap (2.2); zeros may stand only after the last, as gzip(1) has it.
class Gzip {
 public:
  Gzip() {
    constexpr int gzip_only = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, gzip_only) != Z_OK) throw std::bad_alloc();
  }
  ~Gzip() { inflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;  // zlib's state points back at its stream
  Gzip& operator=(const Gzip&) = delete;

  Status decode(CompressedInput& input, std::span<char> out, std::size_t& written) {
    if (state_ != State::in_member) {
      if (input.empty()) return Status::ok;
      if (!begin_next_member(input)) return Status::corrupt;
      if (state_ == State::in_padding) return Status::ok;
    }
    constexpr std::size_t most = std::numeric_limits<uInt>::max();
    stream_.next_in = reinterpret_cast<Bytef*>(input.bytes.data() + input.begin);
    stream_.avail_in = static_cast<uInt>(input.end - input.begin);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(std::min(out.size(), most));
    const uInt room = stream_.avail_out;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    input.begin = input.end - stream_.avail_in;
    written = room - stream_.avail_out;
    if (code == Z_STREAM_END) state_ = State::after_member;
    return code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR ? Status::ok : Status::corrupt;
  }
  bool may_end() const { return state_ != State::in_member; }

 private:
  enum class State { in_member, after_member, in_padding };

  bool begin_next_member(CompressedInput& input) {
    if (input.bytes[input.begin] == '\0') {
      state_ = State::in_padding;
      ++input.begin;
      return true;
    }
    if (state_ == State::in_padding) return false;
    state_ = State::in_member;
    return inflateReset(&stream_) == Z_OK;
  }

  z_stream stream_{};
  State state_ = State::in_member;
};

// RFC 8878. Frames follow each other.
class Zstd {
 public:
  Zstd() : stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, most_window);
  }
  ~Zstd() { ZSTD_freeDStream(stream_); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

  Status decode(CompressedInput& input, std::span<char> out, std::size_t& written) {
    if (is_between_frames_ && input.empty()) return Status::ok;
    ZSTD_inBuffer in{input.bytes.data(), input.end, input.begin};
    ZSTD_outBuffer decoded{out.data(), out.size(), 0};
    const std::size_t code = ZSTD_decompressStream(stream_, &decoded, &in);
    input.begin = in.pos;
    written = decoded.pos;
    if (ZSTD_isError(code) != 0) {
      // The window's size stands in the head of a frame.
      const std::string_view error = ZSTD_getErrorName(code);
      return error.find("memory") != error.npos ? Status::too_much_memory : Status::corrupt;
    }
    is_between_frames_ = code == 0;
    return Status::ok;
  }
  bool may_end() const { return is_between_frames_; }

 private:
  ZSTD_DStream* stream_;
  bool is_between_frames_ = false;
};

// The .xz format: streams, with zeros between them or not.
class Xz {
 public:
  Xz() {
    if (lzma_stream_decoder(&stream_, most_memory, LZMA_CONCATENATED) != LZMA_OK) throw std::bad_alloc();
  }
  ~Xz() { lzma_end(&stream_); }
  Xz(const Xz&) = delete;
  Xz& operator=(const Xz&) = delete;

  Status decode(CompressedInput& input, std::span<char> out, std::size_t& written) {
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(input.bytes.data() + input.begin);
    stream_.avail_in = input.end - input.begin;
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = out.size();
    const lzma_ret code = lzma_code(&stream_, LZMA_RUN);
    input.begin = input.end - stream_.avail_in;
    written = out.size() - stream_.avail_out;
    if (code == LZMA_MEMLIMIT_ERROR || code == LZMA_MEM_ERROR) return Status::too_much_memory;
    return code == LZMA_OK || code == LZMA_BUF_ERROR || code == LZMA_STREAM_END ? Status::ok : Status::corrupt;
  }
  bool may_end() {
    std::uint8_t none = 0;
    stream_.avail_in = 0;
    stream_.next_out = &none;
    stream_.avail_out = 0;
    return lzma_code(&stream_, LZMA_FINISH) == LZMA_STREAM_END;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

// With a byte order mark, as PowerShell's `>` writes it; becomes UTF-8. What is no character becomes U+FFFD.
class Utf16 {
 public:
  explicit Utf16(bool big_endian) : big_endian_(big_endian) {}

  Status decode(CompressedInput& input, std::span<char> out, std::size_t& written) {
    while (written < out.size()) {
      if (begin_ != end_)
        out[written++] = encoded_[begin_++];
      else if (!take_unit(input))
        break;
    }
    return Status::ok;
  }
  // Within a character it is cut short.
  bool may_end() const { return !half_ && high_ == 0 && begin_ == end_; }

 private:
  static constexpr std::uint32_t no_character = 0xfffd;

  // False if there is no byte left.
  bool take_unit(CompressedInput& input) {
    if (input.empty()) return false;
    const auto byte = static_cast<unsigned char>(input.bytes[input.begin++]);
    if (!half_) {
      half_ = byte;
      return true;
    }
    const std::uint32_t unit = big_endian_ ? *half_ << 8U | byte : std::uint32_t{byte} << 8U | *half_;
    half_.reset();
    begin_ = end_ = 0;
    const bool is_low = unit >= 0xdc00 && unit < 0xe000;
    const std::uint32_t high = std::exchange(high_, 0);
    if (high != 0 && is_low) {
      put(0x10000 + ((high - 0xd800) << 10U) + (unit - 0xdc00));
      return true;
    }
    if (high != 0) put(no_character);
    if (unit >= 0xd800 && unit < 0xdc00)
      high_ = unit;
    else
      put(is_low ? no_character : unit);
    return true;
  }

  void put(std::uint32_t character) {
    const auto tail = [&](unsigned shift) { return static_cast<char>(0x80U | (character >> shift & 0x3fU)); };
    if (character < 0x80) {
      encoded_[end_++] = static_cast<char>(character);
    } else if (character < 0x800) {
      encoded_[end_++] = static_cast<char>(0xc0U | character >> 6U);
      encoded_[end_++] = tail(0);
    } else if (character < 0x10000) {
      encoded_[end_++] = static_cast<char>(0xe0U | character >> 12U);
      encoded_[end_++] = tail(6);
      encoded_[end_++] = tail(0);
    } else {
      encoded_[end_++] = static_cast<char>(0xf0U | character >> 18U);
      encoded_[end_++] = tail(12);
      encoded_[end_++] = tail(6);
      encoded_[end_++] = tail(0);
    }
  }

  bool big_endian_;
  std::optional<std::uint32_t> half_;  // the first byte of a unit
  std::uint32_t high_ = 0;             // the first unit of a pair
  std::array<char, 6> encoded_{};      // of a lone half of a pair and the character behind it
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

struct Decoder::Codec {
  std::variant<std::monostate, Gzip, Zstd, Xz, Utf16> format;
  CompressedInput input;
};

Decoder::Decoder(std::unique_ptr<Codec> codec) : codec_(std::move(codec)) {}
Decoder::~Decoder() = default;

std::unique_ptr<Decoder> Decoder::for_data(std::string_view head) {
  using namespace std::string_view_literals;
  auto codec = std::make_unique<Codec>();
  if (head.starts_with("\x1f\x8b"))
    codec->format.emplace<Gzip>();
  else if (is_zstd(head))
    codec->format.emplace<Zstd>();
  else if (head.starts_with("\xfd"
                            "7zXZ\0"sv))
    codec->format.emplace<Xz>();
  else if (is_utf16(head))
    codec->format.emplace<Utf16>(head.starts_with('\xfe'));
  else
    return nullptr;
  std::copy(head.begin(), head.end(), codec->input.bytes.begin());
  codec->input.end = head.size();
  if (std::holds_alternative<Utf16>(codec->format)) codec->input.begin = 2;  // behind the mark
  return std::unique_ptr<Decoder>(new Decoder(std::move(codec)));
}

std::string_view Decoder::name() const {
  static constexpr std::string_view names[] = {"", "gzip", "zstd", "xz", "UTF-16"};
  return names[codec_->format.index()];
}

std::span<char> Decoder::input_space() { return codec_->input.bytes; }

void Decoder::add_input(std::size_t size) {
  codec_->input.begin = 0;
  codec_->input.end = size;
}

Decoder::Status Decoder::decode(std::span<char> out, std::size_t& written) {
  written = 0;
  // What is decoded may wait for room when all input is used up.
  for (bool is_first = true; is_first || !codec_->input.empty(); is_first = false) {
    const Status status = std::visit(
        [&](auto& format) {
          if constexpr (requires { format.may_end(); })
            return format.decode(codec_->input, out, written);
          else
            return Status::corrupt;
        },
        codec_->format);
    if (status != Status::ok || written != 0) return status;
  }
  return Status::needs_input;
}

bool Decoder::may_end() {
  return std::visit(
      [](auto& format) {
        if constexpr (requires { format.may_end(); })
          return format.may_end();
        else
          return true;
      },
      codec_->format);
}

}  // namespace egressc::support
