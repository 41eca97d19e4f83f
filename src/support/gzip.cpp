#include "support/gzip.h"

#include <limits>
#include <new>

namespace egressc {
namespace {

constexpr int gzip_only = 16 + MAX_WBITS;

}  // namespace

GzipDecoder::GzipDecoder() {
  if (inflateInit2(&stream_, gzip_only) != Z_OK) throw std::bad_alloc();
}

GzipDecoder::~GzipDecoder() { inflateEnd(&stream_); }

void GzipDecoder::add_input(std::size_t size) {
  stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
  stream_.avail_in = static_cast<uInt>(size);
}

// Members follow each other without a gap (RFC 1952, 2.2); zeros may stand only after the last, as gzip(1) has it.
bool GzipDecoder::begin_next_member() {
  const bool zero = *stream_.next_in == 0;
  if (zero) {
    state_ = State::in_padding;
    ++stream_.next_in;
    --stream_.avail_in;
    return true;
  }
  if (state_ == State::in_padding) return false;
  state_ = State::in_member;
  return inflateReset(&stream_) == Z_OK;
}

GzipDecoder::Status GzipDecoder::decode(std::span<char> out, std::size_t& written) {
  constexpr std::size_t most = std::numeric_limits<uInt>::max();
  stream_.next_out = reinterpret_cast<Bytef*>(out.data());
  stream_.avail_out = static_cast<uInt>(out.size() < most ? out.size() : most);
  const uInt room = stream_.avail_out;
  written = 0;
  while (written == 0) {
    if (state_ != State::in_member) {
      if (stream_.avail_in == 0) return Status::needs_input;
      if (!begin_next_member()) return Status::corrupt;
      continue;
    }
    const int code = inflate(&stream_, Z_NO_FLUSH);
    written = room - stream_.avail_out;
    if (code == Z_STREAM_END)
      state_ = State::after_member;
    else if (code == Z_BUF_ERROR)
      return written == 0 ? Status::needs_input : Status::ok;
    else if (code != Z_OK)
      return Status::corrupt;
  }
  return Status::ok;
}

}  // namespace egressc
