#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "support/decoder.h"
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

ByteInput::ByteInput(std::string name, Descriptor file) : name_(std::move(name)), file_(std::move(file)) {}
ByteInput::ByteInput(ByteInput&&) noexcept = default;
ByteInput::~ByteInput() = default;

std::size_t ByteInput::expected() const {
  struct stat status;
  if (decoder_ || ::fstat(file_.get(), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  const off_t at = ::lseek(file_.get(), 0, SEEK_CUR);
  return at < 0 || at > status.st_size ? 0 : static_cast<std::size_t>(status.st_size - at) + peeked_.size();
}

Result<ByteInput> ByteInput::open(const std::string& path, FileKind kind) {
  std::string name = path == "-" ? "standard input" : path;
  auto file = open_for_reading(path, name, kind);
  if (!file) return file.failure();
  ByteInput input(std::move(name), std::move(*file));
  std::array<char, support::Decoder::magic_size> magic;
  while (input.peeked_.size() < magic.size()) {
    const auto size = input.read_file(std::span(magic).first(magic.size() - input.peeked_.size()));
    if (!size) return size.failure();
    if (*size == 0) break;
    input.peeked_.append(magic.data(), *size);
  }
  input.decoder_ = support::Decoder::for_data(input.peeked_);
  if (input.decoder_) input.peeked_.clear();
  return input;
}

Result<std::size_t> ByteInput::read(std::span<char> out) {
  if (decoder_) return decode(out);
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

Result<std::size_t> ByteInput::decode(std::span<char> out) {
  const auto failure = [&](std::string_view what) {
    return Failure{fmt::format("{}: the {} data {}, after {} bytes of text", printable(name_, 4096), decoder_->name(),
                               what, decoded_)};
  };
  for (;;) {
    std::size_t written = 0;
    const support::Decoder::Status status = decoder_->decode(out, written);
    decoded_ += written;
    if (status == support::Decoder::Status::ok) return written;
    if (status == support::Decoder::Status::corrupt) return failure("is damaged");
    if (status == support::Decoder::Status::too_much_memory)
      return failure("needs more than 128 MiB to be decoded: decode it before, or compress it without --long");
    const auto size = read_file(decoder_->input_space());
    if (!size) return size;
    if (*size == 0) {
      if (decoder_->may_end()) return std::size_t{0};
      return failure("ends too early");
    }
    decoder_->add_input(*size);
  }
}

}  // namespace egressc
