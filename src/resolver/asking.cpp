#include "resolver/asking.h"

#include <poll.h>
#include <sys/time.h>

#include <algorithm>
#include <array>

#include "resolver/answer.h"

namespace egressc::resolver {
namespace {

// arpa/nameser.h has them too, as macros of another name in each libc.
constexpr int internet = 1, record_a = 1, record_aaaa = 28;

}  // namespace

Asking::Asking(ares_channel channel, std::span<const DnsQuestion> questions)
    : questions_(questions), answers_(questions.size()), channel_(channel) {
  slots_.reserve(questions.size());
}

void Asking::hear(void* slot, int status, int, unsigned char* message, int size) {
  auto& [asking, question] = *static_cast<Slot*>(slot);
  ++asking->ended_;
  // Broken off by a stop: nothing is known of the resolver.
  if (status == ARES_EDESTRUCTION) return;
  if (status == ARES_ECANCELLED) status = ARES_ETIMEOUT;
  asking->is_heard_ = asking->is_heard_ || status != ARES_ETIMEOUT;
  const std::span<const unsigned char> bytes(message, message == nullptr ? 0 : static_cast<std::size_t>(size));
  asking->answers_[question] = read_answer(status, bytes, asking->questions_[question].family);
}

void Asking::start() {
  while (started_ < questions_.size() && started_ - ended_ < most_at_a_time) {
    const DnsQuestion& question = questions_[started_];
    slots_.push_back({this, started_});
    ++started_;
    ares_query(channel_.get(), question.name.key().c_str(), internet,
               question.family == Family::ipv4 ? record_a : record_aaaa, hear, &slots_.back());
  }
}

void Asking::give_up() {
  ares_cancel(channel_.get());
  for (; started_ < questions_.size(); ++started_, ++ended_)
    answers_[started_] = read_answer(ARES_ETIMEOUT, {}, questions_[started_].family);
}

// False when it is time to stop.
bool Asking::turn(std::chrono::steady_clock::time_point end, int stop) {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
  const int wanted = ares_getsock(channel_.get(), sockets.data(), ARES_GETSOCK_MAXNUM);
  std::array<pollfd, ARES_GETSOCK_MAXNUM + 1> events{};
  std::size_t count = 0;
  for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
    short what = 0;
    if (ARES_GETSOCK_READABLE(static_cast<unsigned>(wanted), i)) what |= POLLIN;
    if (ARES_GETSOCK_WRITABLE(static_cast<unsigned>(wanted), i)) what |= POLLOUT;
    if (what != 0) events[count++] = {sockets[i], what, 0};
  }
  events[count] = {stop, POLLIN, 0};  // poll(2) passes over -1

  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
  if (left.count() <= 0) return false;
  timeval most{left.count() / 1000, left.count() % 1000 * 1000};
  timeval buffer{};
  const timeval* const patience = ares_timeout(channel_.get(), &most, &buffer);
  const long milliseconds = patience->tv_sec * 1000 + patience->tv_usec / 1000 + 1;
  (void)::poll(events.data(), count + 1, static_cast<int>(milliseconds));
  if (events[count].revents != 0) return false;
  bool is_any = false;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& event = events[i];
    if (event.revents == 0) continue;
    is_any = true;
    ares_process_fd(channel_.get(), (event.revents & (POLLIN | POLLERR | POLLHUP)) != 0 ? event.fd : ARES_SOCKET_BAD,
                    (event.revents & POLLOUT) != 0 ? event.fd : ARES_SOCKET_BAD);
  }
  if (!is_any) ares_process_fd(channel_.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  return true;
}

std::vector<std::optional<DnsAnswer>> Asking::run(std::chrono::steady_clock::time_point end, int stop) {
  for (start(); ended_ < questions_.size(); start()) {
    if (!turn(end, stop)) break;
    if (!is_heard_ && ended_ >= most_at_a_time) give_up();
  }
  if (std::chrono::steady_clock::now() >= end) ares_cancel(channel_.get());
  channel_.reset();
  return std::move(answers_);
}

}  // namespace egressc::resolver
