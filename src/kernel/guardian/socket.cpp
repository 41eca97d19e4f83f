#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "egressc/diagnostics.h"
#include "kernel/guardian/protocol.h"
#include "support/descriptor.h"

namespace egressc::kernel {
namespace {

constexpr int most_waiting = 16;  // connections that are not accepted yet
constexpr int most_lock_attempts = 250;
constexpr std::chrono::milliseconds between_lock_attempts{20};

std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.front() != '/' || path.size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Failure no_address(const std::string& path) {
  return {fmt::format("{}: a socket cannot stand there: its path must be absolute and shorter than {} bytes",
                      printable(path, 4096), sizeof sockaddr_un{}.sun_path)};
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

// Holds a lock (flock(2)) on the directory, so that of two that find the same dead socket only one replaces it.
Result<Descriptor> lock_directory(const std::string& path) {
  const std::string directory = path.substr(0, path.rfind('/') + 1);
  Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return system_failure(directory, errno);
  for (int attempt = 0; ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0; ++attempt) {
    if (errno != EWOULDBLOCK && errno != EINTR) return system_failure(directory, errno);
    if (attempt == most_lock_attempts)
      return Failure{printable(directory, 4096) + ": somebody keeps it locked: try again"};
    pause_for(between_lock_attempts);
  }
  return fd;
}

Result<Done> make_room(const std::string& path) {
  struct stat file;
  if (::lstat(path.c_str(), &file) != 0) {
    if (errno == ENOENT) return Done{};
    return system_failure(path, errno);
  }
  if (!S_ISSOCK(file.st_mode))
    return Failure{printable(path, 4096) + ": it is in the way of the guardian's socket, and is none: move it away"};
  const auto connection = connect_to(path);
  if (!connection) return connection.failure();
  switch (connection->error_number) {
    case 0:
    case EAGAIN:
      return Failure{
          printable(path, 4096) +
          ": another change already waits for a confirmation: `egressc confirm` or `egressc rollback` first"};
    case ECONNREFUSED:
      if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_failure(path, errno);
      return Done{};
    case ENOENT:
      return Done{};
    default:
      return system_failure(path, connection->error_number);
  }
}

}  // namespace

Result<Connected> connect_to(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return no_address(path);
  Descriptor fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_failure("socket", errno);
  const bool connected = ::connect(fd.get(), generic(*address), sizeof *address) == 0;
  return Connected{std::move(fd), connected ? 0 : errno};
}

Result<GuardianSocket> GuardianSocket::listen(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return no_address(path);
  const auto locked = lock_directory(path);
  if (!locked) return locked.failure();
  if (const auto free = make_room(path); !free) return free.failure();
  Descriptor fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_failure("socket", errno);
  struct stat file;
  // The mode of the file is that of the socket before bind(2): nobody else can connect in between.
  if (::fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0 || ::bind(fd.get(), generic(*address), sizeof *address) != 0 ||
      ::lstat(path.c_str(), &file) != 0 || ::listen(fd.get(), most_waiting) != 0)
    return system_failure(path, errno);
  return GuardianSocket(std::move(fd), path, file);
}

Descriptor GuardianSocket::accept() const {
  Descriptor client(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool known = client && ::getsockopt(client.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  if (!known || (peer.uid != 0 && peer.uid != ::geteuid())) return Descriptor(-1);
  return client;
}

void GuardianSocket::remove() const {
  struct stat now;
  if (::lstat(path_.c_str(), &now) == 0 && now.st_dev == file_.st_dev && now.st_ino == file_.st_ino)
    ::unlink(path_.c_str());
}

}  // namespace egressc::kernel
