// The guardian of a change that has to be confirmed: a process of its own that takes the change back unless it is told
// in time that all is well.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <variant>

#include "egressc/diagnostics.h"

namespace egressc {

// The functions run in the guardian process, which has a copy of all memory as it was in arm(), and none of the
// descriptors. They may block and start processes.
struct GuardianOrder {
  std::string netns;                   // the rules are those of /run/netns/NAME (ip-netns(8)), or of this process: ""
  std::chrono::milliseconds patience;  // after Guardian::applied(), above 0; time in suspend counts (CLOCK_BOOTTIME)
  std::string socket;                  // where it listens: an absolute path in a directory that exists
  // Takes the change back, so much time after arm(): a listing is older by what passed between it and arm(). Tried
  // again for some seconds where it fails.
  std::function<Result<std::monostate>(std::chrono::milliseconds passed)> undo;
  std::function<bool()> in_place;                     // whether what runs is what was applied
  std::function<Result<std::monostate>()> confirmed;  // before a confirmation is answered
  std::function<void()> undone;                       // after the undo
};

// An armed guardian, as the process that changes the rules sees it. If it ends, or this object does, with neither
// applied() nor stand_down() said, the guardian takes the change back at once.
class Guardian {
 public:
  // Returns once the guardian waits: in the network namespace, in a session of its own, in a systemd scope of its own
  // where systemd runs this system, deaf to every signal but SIGKILL and those of faults. A Failure if another one
  // listens on the socket, or if anything is missing that it would need.
  static Result<Guardian> arm(const GuardianOrder& order);

  Guardian(Guardian&& other) noexcept
      : link_(std::exchange(other.link_, -1)), pid_(other.pid_), warning_(std::move(other.warning_)) {}
  Guardian(const Guardian&) = delete;
  Guardian& operator=(const Guardian&) = delete;
  Guardian& operator=(Guardian&&) = delete;
  ~Guardian();

  // The change is made, and the time runs. A Failure if the guardian is not there to hear it: nothing will take the
  // change back then.
  Result<std::monostate> applied();
  // Nothing was changed: the guardian ends, and its socket is gone when this returns.
  Result<std::monostate> stand_down();

  // A descriptor to be kept open by every process that makes the change: what counts as the end of this one is that all
  // of them have ended, so that nothing is changed after the undo.
  int link() const { return link_; }
  int pid() const { return pid_; }
  // "", or why it may end sooner than it should.
  const std::string& warning() const { return warning_; }

 private:
  Guardian(int link, int pid, std::string warning) : link_(link), pid_(pid), warning_(std::move(warning)) {}
  int link_;
  int pid_;
  std::string warning_;
};

enum class GuardianRequest : std::uint8_t { status, confirm, rollback };

struct GuardianAnswer {
  enum class Kind : std::uint8_t {
    nobody,      // nobody waits for a confirmation
    applying,    // status, confirm, rollback: the change is not made yet, or not known to be
    waiting,     // status: `left` until the undo
    confirmed,   // confirm: the change stays; `message` is "", or why GuardianOrder::confirmed failed
    changed,     // confirm: what runs is not what was applied. Nothing is done, and it waits for what is `left`
    undone,      // rollback: the rules from before are back
    not_undone,  // rollback: `message` says why. It goes on waiting, and tries again at the end
  };
  Kind kind = Kind::nobody;
  int pid = 0;                        // of the guardian; 0 for nobody
  std::chrono::milliseconds left{0};  // waiting, changed
  std::string message;
};

// Asks the guardian that listens on `socket`. Only its own user and root are heard. A Failure if it does not answer
// within `patience`: loading large rules takes seconds, and it serves one after the other.
Result<GuardianAnswer> ask_guardian(const std::string& socket, GuardianRequest request,
                                    std::chrono::milliseconds patience);

}  // namespace egressc
