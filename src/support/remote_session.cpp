#include "support/remote_session.h"

#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>

#include "support/input.h"

namespace egressc {
namespace {

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
  std::from_chars(text->data() + close + 4, text->data() + text->size(), found.parent);
  return found;
}

}  // namespace

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
