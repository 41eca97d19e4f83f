// The socket at which a guardian is asked (unix(7), SOCK_SEQPACKET).
#pragma once

#include <sys/stat.h>

#include <string>

#include "egressc/diagnostics.h"
#include "kernel/owned_fd.h"

namespace egressc::kernel {

class GuardianSocket {
 public:
  // Takes the place of a socket at which nobody listens any more. A Failure where somebody does.
  static Result<GuardianSocket> listen(const std::string& path);

  int fd() const { return fd_.get(); }
  // The next one who asks, if it is this user or root; -1 if not, or if nobody does now.
  OwnedFd accept() const;
  // Takes the file away, if it is still this socket's.
  void remove() const;

 private:
  GuardianSocket(OwnedFd fd, std::string path, const struct stat& file)
      : fd_(std::move(fd)), path_(std::move(path)), file_(file) {}
  OwnedFd fd_;
  std::string path_;
  struct stat file_;
};

// A socket that does not block; errno is what connect(2) said, 0 if it is connected. A Failure if the path cannot be
// one of a socket.
struct Connection {
  OwnedFd fd;
  int error_number = 0;
};
Result<Connection> connect_to(const std::string& path);

}  // namespace egressc::kernel
