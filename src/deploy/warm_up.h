// A cold start: where nothing has tracked connections yet, each one looks new to the first rule that asks.
#pragma once

#include <signal.h>

#include <chrono>
#include <string>

#include "cli/options.h"
#include "deploy/change_site.h"
#include "kernel/kernel.h"

namespace egressc {

// Whether connections that live have to be seen before the first rule that denies.
bool has_to_wait(const Site& site, const ChangeOptions& options);

// A table that asks for the state of connections, and denies nothing.
std::string warm_up_table();

// Takes it out, if it is still there.
void cool_down(Kernel& kernel, const ChangeOptions& options);

// As long as it lives, SIGINT, SIGTERM and SIGHUP stop a wait(), and not the process.
class Stops {
 public:
  Stops();
  Stops(const Stops&) = delete;
  Stops& operator=(const Stops&) = delete;
  ~Stops();

  // Whether the time passed without one.
  bool wait(std::chrono::milliseconds time) const;

 private:
  sigset_t stops_;
  sigset_t before_;
};

}  // namespace egressc
