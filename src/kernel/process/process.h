// Child processes that are under control: what they read, what they write, how long they take, and that they end.
#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"
#include "support/descriptor.h"

namespace egressc::kernel {

// No handler of this program runs while there is one of these, nor in a process that is forked meanwhile.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

struct Finished {
  int status = 0;  // exit status
  std::string output;
  std::string errors;
};

struct Limits {
  std::chrono::milliseconds time = std::chrono::seconds(60);
  std::size_t output = std::size_t{1} << 30;  // bytes, of any file that it writes
  std::size_t memory = std::size_t{2} << 30;  // bytes, beyond what it has at first
};

// Runs `body` in a child process; what it returns is the exit status. Its standard input is `input`, its standard
// output and error are collected, every other descriptor but `kept` is closed, signals are as at the start of a
// program. It has nothing of the parent's threads but the calling one, and no buffer or exit handler of the parent is
// run. It is killed when its time is up or the calling thread ends. A Failure, which begins with `name`, if it did not
// end by itself.
Result<Finished> run_child(std::string_view name, std::string_view input, const std::function<int()>& body,
                           const Limits& limits = {}, int kept = -1);

// Programs of the system: found where the system keeps them, run without a shell and without our environment.

// The absolute path, in /usr/sbin, /sbin, /usr/bin or /bin; nullopt if it is in none of them.
std::optional<std::string> find_program(std::string_view name);

// Runs `path` in the calling thread's namespaces, with `input` as its standard input.
Result<Finished> run_program(const std::string& path, const std::vector<std::string>& arguments, std::string_view input,
                             const Limits& limits = {});

}  // namespace egressc::kernel
