#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <new>

#include "support/input.h"

namespace egressc {
namespace {

// The first file of a directory in the order of names, so that the hint is one that works.
std::string example_in(const std::string& directory) {
  DIR* const stream = ::opendir(directory.c_str());
  if (stream == nullptr) return {};
  std::string first;
  while (const dirent* const entry = ::readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (name.starts_with('.') || entry->d_type != DT_REG) continue;
    if (first.empty() || name < first) first = name;
  }
  ::closedir(stream);
  return first;
}

Failure directory_failure(const std::string& path) {
  const std::string example = example_in(path);
  const std::string_view slash = path.ends_with('/') ? "" : "/";
  const std::string shown = printable(path, 4096);
  return {example.empty() ? fmt::format("{} is a directory: name its files", shown)
                          : fmt::format("{} is a directory: name its files, for example {}{}{}", shown, shown, slash,
                                        printable(example, 4096))};
}

// What this process was given open: a pipe of the shell's, as in <(command).
bool is_given(const std::string& path) {
  return path == "-" || path == "/dev/stdin" || path.starts_with("/dev/fd/") || path.starts_with("/proc/self/fd/");
}

Result<Descriptor> open_for_reading(const std::string& path, const std::string& name, FileKind kind) {
  const bool must_be_regular = kind == FileKind::regular && !is_given(path);
  // Nobody may be writing to a pipe. A regular file does not care.
  const int at_once = must_be_regular ? O_NONBLOCK : 0;
  // A duplicate, so that this one may be closed like any other.
  const int fd = path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                             : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | at_once);
  if (fd < 0) return system_failure(name, errno);
  Descriptor file(fd);
  struct stat status;
  if (::fstat(fd, &status) != 0) return system_failure(name, errno);
  if (S_ISDIR(status.st_mode)) return path == "-" ? system_failure(name, EISDIR) : directory_failure(path);
  if (must_be_regular && !S_ISREG(status.st_mode))
    return Failure{fmt::format("{}: a pipe or a device, and only a log is read from one: give a file, or <(command)",
                               printable(name, 4096))};
  return file;
}

}  // namespace

// gzip data (RFC 1952) to bytes, a buffer at a time.
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

GzipDecoder::GzipDecoder() {
  constexpr int gzip_only = 16 + MAX_WBITS;
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

ByteInput::ByteInput(std::string name, Descriptor file) : name_(std::move(name)), file_(std::move(file)) {}
ByteInput::ByteInput(ByteInput&&) noexcept = default;
ByteInput::~ByteInput() = default;

std::size_t ByteInput::expected() const {
  struct stat status;
  if (gzip_ || ::fstat(file_.get(), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  const off_t at = ::lseek(file_.get(), 0, SEEK_CUR);
  return at < 0 || at > status.st_size ? 0 : static_cast<std::size_t>(status.st_size - at) + peeked_.size();
}

Result<ByteInput> ByteInput::open(const std::string& path, FileKind kind) {
  std::string name = path == "-" ? "standard input" : path;
  auto file = open_for_reading(path, name, kind);
  if (!file) return file.failure();
  ByteInput input(std::move(name), std::move(*file));
  std::array<char, 2> magic;
  while (input.peeked_.size() < magic.size()) {
    const auto size = input.read_file(std::span(magic).first(magic.size() - input.peeked_.size()));
    if (!size) return size.failure();
    if (*size == 0) break;
    input.peeked_.append(magic.data(), *size);
  }
  if (GzipDecoder::is_magic(input.peeked_)) {
    input.gzip_ = std::make_unique<GzipDecoder>();
    std::ranges::copy(input.peeked_, input.gzip_->input_space().begin());
    input.gzip_->add_input(input.peeked_.size());
    input.peeked_.clear();
  }
  return input;
}

Result<std::size_t> ByteInput::read(std::span<char> out) {
  if (gzip_) return read_gzip(out);
  if (peeked_.empty()) return read_file(out);
  const std::size_t size = std::min(out.size(), peeked_.size());
  std::copy_n(peeked_.begin(), size, out.begin());
  peeked_.erase(0, size);
  return size;
}

Result<std::size_t> ByteInput::read_file(std::span<char> out) {
  for (;;) {
    const ssize_t size = ::read(file_.get(), out.data(), out.size());
    if (size >= 0) return static_cast<std::size_t>(size);
    if (errno != EINTR) return system_failure(name_, errno);
  }
}

Result<std::size_t> ByteInput::read_gzip(std::span<char> out) {
  for (;;) {
    std::size_t written = 0;
    switch (gzip_->decode(out, written)) {
      case GzipDecoder::Status::ok:
        decoded_ += written;
        return written;
      case GzipDecoder::Status::corrupt:
        return Failure{fmt::format("{}: the gzip data is damaged, after {} bytes of text", printable(name_, 4096),
                                   decoded_ + written)};
      case GzipDecoder::Status::needs_input:
        break;
    }
    const auto size = read_file(gzip_->input_space());
    if (!size) return size;
    if (*size == 0) {
      if (gzip_->may_end()) return std::size_t{0};
      return Failure{
          fmt::format("{}: the gzip data ends too early, after {} bytes of text", printable(name_, 4096), decoded_)};
    }
    gzip_->add_input(*size);
  }
}

}  // namespace egressc
