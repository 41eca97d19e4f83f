#include "commands/remove.h"

#include "cli/change_arguments.h"
#include "deploy/deploy.h"

namespace egressc {
namespace {

namespace po = boost::program_options;

constexpr std::string_view usage =
    "usage: egressc remove [options]\n\n"
    "Takes the table inet egressc out of the kernel, and touches nothing else. `egressc rollback` brings it back.\n\n"
    "Exit status: 0 removed, or not there; 2 wrong input; 3 refused, nothing changed. See egressc-remove(1).\n";

void add(po::options_description& options) {
  options.add_options()("delete", "the network namespace of --netns too, and what is remembered of it");
}

void read(OptionReader& reader, ChangeOptions& options, Diagnostics& diagnostics) {
  options.delete_namespace = reader.flag("delete");
  if (!options.delete_namespace) return;
  if (options.netns.empty())
    diagnostics.error({}, "--delete deletes the network namespace of --netns, and none is named", "add --netns NAME");
  if (options.confirm_within)
    diagnostics.error({}, "a network namespace that is deleted does not come back", "without --confirm-within");
}

int run(const ChangeOptions& options) { return remove_rules(*make_kernel(), options); }

}  // namespace

int remove(const std::vector<std::string>& arguments) {
  return run_change_command({"remove", usage, add, read, run}, arguments);
}

}  // namespace egressc
