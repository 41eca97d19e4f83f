#include "kernel/program.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "kernel/owned_fd.h"

namespace egressc::kernel {
namespace {

constexpr int not_started = 127;  // as the shell says it: POSIX.1-2017, 2.8.2

}  // namespace

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
