#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "egressc/diagnostics.h"
#include "kernel/process/process.h"
#include "support/descriptor.h"

namespace egressc::kernel {
namespace {

// Files without a name (memfd_create(2)): what a child process reads and writes. Unlike a pipe, none can fill up. This
// one holds `text`, and is at its beginning.
Result<Descriptor> memory_file(std::string_view text) {
  Descriptor file(::memfd_create("egressc", MFD_CLOEXEC));
  if (!file) return system_failure("memfd_create", errno);
  if (const int error_number = write_all(file.get(), text); error_number != 0)
    return system_failure("memory for a child process", error_number);
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return system_failure("lseek", errno);
  return file;
}

Result<std::string> read_all(const Descriptor& file) {
  struct stat status;
  if (::fstat(file.get(), &status) != 0) return system_failure("fstat", errno);
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t size = ::pread(file.get(), text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return system_failure("what a child process wrote", errno);
    if (size == 0) break;
    done += static_cast<std::size_t>(size);
  }
  text.resize(done);
  return text;
}

// The child's own, in case it cannot become what it should; not a status that a program uses.
constexpr int not_set_up = 126;
constexpr int not_started = 127;  // as the shell says it: POSIX.1-2017, 2.8.2

void default_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

bool limit(__rlimit_resource resource, rlim_t most) {
  rlimit now;
  if (::getrlimit(resource, &now) != 0) return false;
  now.rlim_cur = now.rlim_max = std::min(now.rlim_max, most);
  return ::setrlimit(resource, &now) == 0;
}

// Bytes; proc(5), /proc/pid/statm. 0 if they cannot be told.
rlim_t address_space() {
  const Descriptor file(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  char text[64] = {};
  if (::read(file.get(), text, sizeof text - 1) <= 0) return 0;
  return std::strtoull(text, nullptr, 10) * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

bool set_up(pid_t parent, const int (&standard)[3], const Limits& limits, int kept) {
  ::setpgid(0, 0);
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) return false;
  // Copies above 3 first: the parent may run with a standard descriptor closed, and what is wanted be among 0 to 3.
  const int wanted[] = {standard[0], standard[1], standard[2], kept};
  const int count = kept < 0 ? 3 : 4;
  int copies[4];
  for (int i = 0; i < count; ++i)
    if ((copies[i] = ::fcntl(wanted[i], F_DUPFD, 4)) < 0) return false;
  for (int i = 0; i < count; ++i)
    if (::dup2(copies[i], i) != i) return false;
  if (::syscall(SYS_close_range, static_cast<unsigned>(count), ~0U, 0U) != 0) return false;
  default_signals();
  return limit(RLIMIT_FSIZE, limits.output) && limit(RLIMIT_AS, address_space() + limits.memory) &&
         limit(RLIMIT_CORE, 0);
}

// An exception must not go on into what the parent would do next.
[[noreturn]] void be_child(pid_t parent, const int (&standard)[3], const Limits& limits, int kept,
                           const std::function<int()>& body) noexcept {
  ::_exit(set_up(parent, standard, limits, kept) ? body() : not_set_up);
}

// Whether the kernel reaps children by itself, wait(2): their numbers are anybody's as soon as they end.
bool children_are_forgotten() {
  struct sigaction action;
  return ::sigaction(SIGCHLD, nullptr, &action) != 0 || action.sa_handler == SIG_IGN ||
         (action.sa_flags & SA_NOCLDWAIT) != 0;
}

int reap(pid_t child, int& status) {
  while (::waitpid(child, &status, 0) != child)
    if (errno != EINTR) return errno;
  return 0;
}

// Whether the process ended in time.
bool ends_in_time(const Descriptor& process, std::chrono::milliseconds time) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd ended{process.get(), POLLIN, 0};
    if (::poll(&ended, 1, static_cast<int>(left.count())) == 1) return true;
  }
}

}  // namespace

Result<Finished> run_child(std::string_view name, std::string_view input, const std::function<int()>& body,
                           const Limits& limits, int kept) {
  if (children_are_forgotten())
    return Failure{fmt::format("{}: not run, since SIGCHLD is ignored: start egressc without that", name)};
  const auto in = memory_file(input);
  const auto out = memory_file("");
  const auto errors = memory_file("");
  for (const auto* file : {&in, &out, &errors})
    if (!*file) return file->failure();
  const int standard[3] = {in->get(), out->get(), errors->get()};

  const pid_t parent = ::getpid();
  pid_t child = -1;
  {
    const BlockedSignals blocked;
    child = ::fork();
    if (child == 0) be_child(parent, standard, limits, kept, body);
  }
  if (child < 0) return system_failure(fmt::format("{}: fork", name), errno);
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0U)));
  const int no_process = errno;
  const bool in_time = process && ends_in_time(process, limits.time);
  // Before it is reaped, its number can be nobody else's. What it left behind is in its process group.
  ::kill(-child, SIGKILL);
  ::kill(child, SIGKILL);
  int status = 0;
  if (const int error_number = reap(child, status); error_number != 0)
    return system_failure(fmt::format("{}: waiting for it", name), error_number);
  if (!process) return system_failure(fmt::format("{}: pidfd_open", name), no_process);
  if (!in_time) return Failure{fmt::format("{}: killed, since it took more than {} ms", name, limits.time.count())};
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
    return Failure{fmt::format("{}: killed, since it wrote more than {} bytes", name, limits.output)};
  if (!WIFEXITED(status)) return Failure{fmt::format("{}: killed by signal {}", name, WTERMSIG(status))};
  if (WEXITSTATUS(status) == not_set_up)
    return Failure{fmt::format("{}: the process could not be set up (close_range(2) needs Linux 5.9)", name)};

  auto output = read_all(*out);
  if (!output) return output.failure();
  auto messages = read_all(*errors);
  if (!messages) return messages.failure();
  return Finished{WEXITSTATUS(status), std::move(*output), std::move(*messages)};
}

std::optional<std::string> find_program(std::string_view name) {
  for (const std::string_view directory : {"/usr/sbin", "/sbin", "/usr/bin", "/bin"}) {
    std::string path = fmt::format("{}/{}", directory, name);
    struct stat status;
    if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0) return path;
  }
  return std::nullopt;
}

Result<Finished> run_program(const std::string& path, const std::vector<std::string>& arguments, std::string_view input,
                             const Limits& limits) {
  std::vector<std::string> words{path};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::string search = "PATH=/usr/sbin:/sbin:/usr/bin:/bin";
  char* const environment[] = {search.data(), nullptr};

  auto finished = run_child(
      path, input,
      [&] {
        ::execve(path.c_str(), argv.data(), environment);
        return not_started;
      },
      limits);
  if (finished && finished->status == not_started) return Failure{path + ": cannot be executed"};
  return finished;
}

}  // namespace egressc::kernel
