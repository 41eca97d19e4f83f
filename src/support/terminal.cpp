#include "support/terminal.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <iterator>

#include "model/words/text.h"
#include "support/input.h"

namespace egressc {
namespace {

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

constexpr int stops[] = {SIGINT, SIGTERM, SIGHUP};

// A signal that would end the process ends a wait for input instead, as long as this lives, also if it comes before
// that.
class InterruptedByStops {
 public:
  InterruptedByStops() {
    sigset_t blocked;
    sigemptyset(&blocked);
    for (const int stop : stops) sigaddset(&blocked, stop);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &mask_);
    struct sigaction heard = {};
    heard.sa_handler = [](int) {};
    for (std::size_t i = 0; i < std::size(stops); ++i) ::sigaction(stops[i], &heard, &before_[i]);
  }
  InterruptedByStops(const InterruptedByStops&) = delete;
  InterruptedByStops& operator=(const InterruptedByStops&) = delete;
  ~InterruptedByStops() {
    for (std::size_t i = 0; i < std::size(stops); ++i) ::sigaction(stops[i], &before_[i], nullptr);
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }

  // False: there will be none.
  bool wait_for_input() const {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    return ::ppoll(&input, 1, nullptr, &mask_) == 1;
  }

 private:
  sigset_t mask_;
  struct sigaction before_[std::size(stops)];
};

constexpr int most_ancestors = 64;
constexpr std::size_t largest_stat = 4096;

struct Process {
  std::string name;
  int parent = 0;
};

// From /proc/PID/stat, proc(5): "PID (NAME) STATE PPID ...", where NAME may hold anything.
Process process(int pid) {
  Process found;
  const auto text = read_text("/proc/" + std::to_string(pid) + "/stat", largest_stat);
  if (!text) return found;
  const std::size_t open = text->find('(');
  const std::size_t close = text->rfind(')');
  if (open == text->npos || close == text->npos || close < open || close + 4 > text->size()) return found;
  found.name = text->substr(open + 1, close - open - 1);
  std::string_view rest = std::string_view(*text).substr(close + 4);
  found.parent = take_number<int>(rest).value_or(0);
  return found;
}

}  // namespace

std::optional<ColorMode> parse_color_mode(std::string_view text) {
  if (text == "auto") return ColorMode::automatic;
  if (text == "always") return ColorMode::always;
  if (text == "never") return ColorMode::never;
  return std::nullopt;
}

bool use_color(ColorMode mode, int fd) {
  if (mode != ColorMode::automatic) return mode == ColorMode::always;
  const std::string_view terminal = environment("TERM");
  return environment("NO_COLOR").empty() && !terminal.empty() && terminal != "dumb" && is_terminal(fd);
}

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

bool ask(std::string_view question) {
  const InterruptedByStops interrupted;
  if (write_all(STDERR_FILENO, question) != 0) return false;
  // Byte by byte: what follows the line is not ours.
  char first = 0;
  char byte = 0;
  while (interrupted.wait_for_input() && ::read(STDIN_FILENO, &byte, 1) == 1) {
    if (byte == '\n') return first == 'y' || first == 'Y';
    if (first == 0) first = byte;
  }
  (void)write_all(STDERR_FILENO, "\n");
  return false;
}

bool in_ssh_session() {
  if (std::getenv("SSH_CONNECTION") != nullptr) return true;
  int pid = ::getppid();
  for (int i = 0; i < most_ancestors && pid > 1; ++i) {
    const Process one = process(pid);
    if (one.name == "sshd" || one.name == "sshd-session") return true;
    pid = one.parent;
  }
  return false;
}

}  // namespace egressc
