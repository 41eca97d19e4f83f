#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "kernel/guardian/daemon.h"
#include "kernel/guardian/guardian.h"
#include "kernel/guardian/protocol.h"
#include "support/descriptor.h"

namespace egressc::kernel {

constexpr int most_undo_attempts = 7;
constexpr std::chrono::milliseconds first_pause{100};  // doubled each time: 6.3 s in all

Result<Done> undo_once(const GuardianOrder& order, std::chrono::nanoseconds armed) {
  try {
    return order.undo(std::chrono::floor<std::chrono::milliseconds>(since_boot() - armed));
  } catch (const std::exception& error) { return Failure{error.what()}; }
}

// Tries again for some seconds if it fails: memory may be short, or another transaction under way. `armed` is the
// since_boot() of arm().
Result<Done> undo(const GuardianOrder& order, std::chrono::nanoseconds armed) {
  auto pause = first_pause;
  for (int attempt = 1;; ++attempt, pause *= 2) {
    auto done = undo_once(order, armed);
    if (done || attempt == most_undo_attempts) return done;
    pause_for(pause);
  }
}

namespace {

using Kind = GuardianAnswer::Kind;

// One that says nothing makes room for the next.
constexpr std::size_t most_clients = 16;

void log(int priority, const std::string& text) { ::syslog(priority, "%s", text.c_str()); }

// A message, "" at the end of what is sent; nullopt if there is none yet.
std::optional<std::string> receive(const Descriptor& fd) {
  char text[64];
  const ssize_t size = ::recv(fd.get(), text, sizeof text, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  return std::string(text, size < 0 ? 0 : static_cast<std::size_t>(size));
}

void send_to(const Descriptor& fd, std::string_view text) {
  (void)!::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

class GuardianWatch {
 public:
  GuardianWatch(const GuardianOrder& order, Descriptor link, const GuardianSocket& socket, Descriptor timer,
                std::chrono::nanoseconds armed)
      : order_(order), socket_(socket), link_(std::move(link)), timer_(std::move(timer)), armed_(armed) {}

  void run() {
    while (!ended_) wait();
    socket_.remove();
  }

 private:
  // Nobody is waited for but all at once.
  void wait() {
    // The link is of no more interest once the time runs; poll(2) passes over -1.
    std::vector<pollfd> all{
        {deadline_ ? -1 : link_.get(), POLLIN, 0}, {timer_.get(), POLLIN, 0}, {socket_.fd(), POLLIN, 0}};
    for (const Descriptor& client : clients_) all.push_back({client.get(), POLLIN, 0});
    if (::poll(all.data(), all.size(), -1) < 0) {
      if (errno != EINTR) pause_for(std::chrono::milliseconds(100));  // ENOMEM
      return;
    }
    if (all[0].revents != 0) hear_applier();
    if (!ended_ && deadline_ && since_boot() >= *deadline_) take_back("nobody confirmed the change in time");
    auto polled = all.begin() + 3;
    for (auto client = clients_.begin(); client != clients_.end() && !ended_; ++polled) {
      const auto asking = client++;
      if (polled->revents != 0) hear_client(asking);
    }
    if (!ended_ && all[2].revents != 0) welcome();
  }

  void hear_applier() {
    const auto said = receive(link_);
    if (!said) return;
    if (*said == applied_word) {
      deadline_ = since_boot() + order_.patience;
      const itimerspec at{{}, to_timespec(*deadline_)};
      ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &at, nullptr);
      send_to(link_, applied_word);
    } else if (*said == stand_down_word) {
      ended_ = true;
    } else if (said->empty()) {
      take_back("egressc ended before the change was complete");
    }
  }

  // Whatever comes of it, there is nothing left to wait for.
  void take_back(const std::string& why) {
    const auto done = take_back_now();
    if (done)
      log(LOG_WARNING, why + ": the rules from before are back");
    else
      log(LOG_CRIT, why + ": the rules from before could NOT be restored: " + done.failure().message);
    ended_ = true;
  }

  Result<Done> take_back_now() {
    auto done = undo(order_, armed_);
    try {
      if (done) order_.undone();
    } catch (const std::exception& error) { log(LOG_ERR, std::string("after the undo: ") + error.what()); }
    return done;
  }

  void welcome() {
    Descriptor client = socket_.accept();
    if (!client) return;
    if (clients_.size() == most_clients) clients_.pop_front();
    clients_.push_back(std::move(client));
  }

  void hear_client(std::list<Descriptor>::iterator client) {
    const auto said = receive(*client);
    if (!said) return;
    if (const auto request = request_of(*said)) answer(*client, *request);
    clients_.erase(client);
  }

  void answer(const Descriptor& client, GuardianRequest request) {
    GuardianAnswer answer;
    answer.pid = ::getpid();
    if (!deadline_) {
      answer.kind = Kind::applying;
    } else if (request == GuardianRequest::status) {
      answer.kind = Kind::waiting;
      answer.left = time_left();
    } else if (request == GuardianRequest::confirm) {
      confirm(answer);
    } else {
      roll_back(answer);
    }
    // Who is answered may arm the next one.
    if (ended_) socket_.remove();
    send_to(client, to_words(answer));
    // A log that hangs must not keep anybody waiting.
    if (answer.kind == Kind::confirmed) log(LOG_NOTICE, "the change is confirmed");
    if (answer.kind == Kind::changed) log(LOG_WARNING, "not confirmed: what runs is not what was applied");
    if (answer.kind == Kind::undone) log(LOG_WARNING, "asked to: the rules from before are back");
    if (answer.kind == Kind::not_undone) log(LOG_CRIT, "asked to restore the rules from before: " + answer.message);
  }

  std::chrono::milliseconds time_left() const {
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - since_boot()),
                    std::chrono::milliseconds(0));
  }

  void confirm(GuardianAnswer& answer) {
    answer.kind = Kind::changed;
    answer.left = time_left();
    try {
      if (!order_.in_place()) return;
      const auto done = order_.confirmed();
      if (!done) answer.message = done.failure().message;
      answer.kind = Kind::confirmed;
      ended_ = true;
    } catch (const std::exception& error) { answer.message = error.what(); }
  }

  void roll_back(GuardianAnswer& answer) {
    const auto done = take_back_now();
    if (!done) answer.message = done.failure().message;
    answer.kind = done ? Kind::undone : Kind::not_undone;
    ended_ = static_cast<bool>(done);
  }

  const GuardianOrder& order_;
  const GuardianSocket& socket_;
  Descriptor link_;
  Descriptor timer_;
  std::chrono::nanoseconds armed_;
  std::optional<std::chrono::nanoseconds> deadline_;  // a since_boot()
  std::list<Descriptor> clients_;
  bool ended_ = false;
};

}  // namespace

Result<Descriptor> make_timer() {
  Descriptor timer(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC));
  if (!timer) return system_failure("timerfd_create", errno);
  return timer;
}

void watch(const GuardianOrder& order, Descriptor link, const GuardianSocket& socket, Descriptor timer,
           std::chrono::nanoseconds armed) {
  GuardianWatch(order, std::move(link), socket, std::move(timer), armed).run();
}

}  // namespace egressc::kernel
