// What is said over the guardian's socket: one message asks, one answers.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

#include "egressc/diagnostics.h"
#include "kernel/guardian/guardian.h"
#include "support/descriptor.h"

namespace egressc::kernel {

constexpr std::size_t longest_words = 4096;  // bytes of a message

std::string_view to_words(GuardianRequest request);
std::optional<GuardianRequest> request_of(std::string_view words);

// "waiting 4711 59340": the kind, the process, and the time left or the message. What it says is made printable.
std::string to_words(const GuardianAnswer& answer);
std::optional<GuardianAnswer> answer_of(std::string_view words);

// The socket at which a guardian is asked (unix(7), SOCK_SEQPACKET).

class GuardianSocket {
 public:
  // Takes the place of a socket at which nobody listens any more. A Failure where somebody does.
  static Result<GuardianSocket> listen(const std::string& path);

  int fd() const { return fd_.get(); }
  // The next one who asks, if it is this user or root; -1 if not, or if nobody does now.
  Descriptor accept() const;
  // Takes the file away, if it is still this socket's.
  void remove() const;

 private:
  GuardianSocket(Descriptor fd, std::string path, const struct stat& file)
      : fd_(std::move(fd)), path_(std::move(path)), file_(file) {}
  Descriptor fd_;
  std::string path_;
  struct stat file_;
};

// A socket that does not block; errno is what connect(2) said, 0 if it is connected. A Failure if the path cannot be
// one of a socket.
struct Connected {
  Descriptor fd;
  int error_number = 0;
};
Result<Connected> connect_to(const std::string& path);

}  // namespace egressc::kernel
