#include <ares.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "resolver/answer.h"
#include "resolver/resolver.h"

namespace egressc::resolver {
namespace {

// At most so many at a time: dnsmasq refuses more than 150 (dns-forward-max).
constexpr std::size_t most_at_a_time = 32;

// arpa/nameser.h has them too, as macros of another name in each libc.
constexpr int internet = 1, record_a = 1, record_aaaa = 28;

// Questions under way.
class Asking {
 public:
  // The channel ends with it.
  Asking(ares_channel channel, std::span<const DnsQuestion> questions);
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

  // Until all are answered, the time is over, or `stop` can be read. Where none of as many as are asked at a time is
  // answered in time, nobody is there, and the others have failed, too.
  std::vector<std::optional<DnsAnswer>> run(std::chrono::steady_clock::time_point end, int stop);

 private:
  struct Slot {
    Asking* asking;
    std::size_t question;
  };
  static void hear(void* slot, int status, int timeouts, unsigned char* message, int size);
  void start();
  void give_up();
  bool turn(std::chrono::steady_clock::time_point end, int stop);

  struct Destroy {
    void operator()(ares_channel channel) const { ares_destroy(channel); }
  };
  std::span<const DnsQuestion> questions_;
  std::vector<Slot> slots_;
  std::vector<std::optional<DnsAnswer>> answers_;
  std::size_t started_ = 0;
  std::size_t ended_ = 0;
  bool is_heard_ = false;  // anything, of anybody
  // The last member, so that it ends first: what is under way then is heard of.
  std::unique_ptr<ares_channeldata, Destroy> channel_;
};

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

constexpr std::chrono::seconds patience{20};
// Each server is given 2 seconds, and then 4.
constexpr int first_timeout = 2000, tries = 2;

Failure failure_of(int status) { return {fmt::format("the resolver (c-ares): {}", ares_strerror(status))}; }

std::string servers_text(const DnsServer& server) {
  const bool is_four = server.address.family == Family::ipv4;
  return fmt::format("{}{}{}:{}", is_four ? "" : "[", to_string(server.address), is_four ? "" : "]", server.port);
}

class HostResolver final : public Resolver {
 public:
  HostResolver(std::string netns, std::optional<DnsServer> server) : netns_(std::move(netns)), server_(server) {}
  HostResolver(const HostResolver&) = delete;
  HostResolver& operator=(const HostResolver&) = delete;
  ~HostResolver() override {
    if (is_ready_) ares_library_cleanup();
  }

  Result<std::vector<std::optional<DnsAnswer>>> ask(std::span<const DnsQuestion> questions, int stop) override {
    if (!is_ready_)
      if (const int status = ares_library_init(ARES_LIB_INIT_ALL); status != ARES_SUCCESS) return failure_of(status);
    is_ready_ = true;
    std::string path = fmt::format("/etc/netns/{}/resolv.conf", netns_);
    if (netns_.empty() || ::access(path.c_str(), F_OK) != 0) path = "/etc/resolv.conf";
    ares_options options{};
    options.timeout = first_timeout;
    options.tries = tries;
    options.resolvconf_path = path.data();
    ares_channel channel = nullptr;
    const int made = ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_RESOLVCONF);
    if (made != ARES_SUCCESS) return failure_of(made);
    Asking asking(channel, questions);
    if (server_)
      if (const int set = ares_set_servers_ports_csv(channel, servers_text(*server_).c_str()); set != ARES_SUCCESS)
        return failure_of(set);
    return asking.run(std::chrono::steady_clock::now() + patience, stop);
  }

 private:
  std::string netns_;
  std::optional<DnsServer> server_;
  bool is_ready_ = false;
};

}  // namespace
}  // namespace egressc::resolver

namespace egressc {

std::unique_ptr<Resolver> make_resolver(const std::string& netns, std::optional<DnsServer> server) {
  return std::make_unique<resolver::HostResolver>(netns, server);
}

}  // namespace egressc
