// A child process that is under control: what it reads, what it writes, how long it takes, and that it ends.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "egressc/diagnostics.h"

namespace egressc::kernel {

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

}  // namespace egressc::kernel
