#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "commands/commands.h"
#include "egressc/compare.h"
#include "intake/operand.h"
#include "report/summary.h"
#include "support/output.h"
#include "support/terminal.h"

namespace egressc::commands {
namespace {

int report(const Side& before, const Side& after, const LiveMarkers& markers, const DiffOptions& options) {
  const Difference difference = compare_sides(before, after);
  const bool is_found = options.only_widening ? difference.widens() : !difference.empty();
  const int status = is_found ? exit_status::difference : exit_status::done;
  if (options.quiet) return status;
  const auto subjects = by_subject(difference, before, after, markers);
  const auto one_family = one_family_names(after);
  const std::string text = options.json
                               ? describe_json(difference, subjects, one_family, before, after)
                               : describe(subjects, use_color(options.color, 1)) +
                                     diff_notes(difference, subjects, one_family, before, after, options.verbose);
  return print(text, status);
}

void note_expired(const Operand& operand, Diagnostics& diagnostics) {
  if (!operand.policy || !operand.today) return;
  std::size_t count = 0;
  for (const Subject& subject : operand.policy->subjects)
    count +=
        static_cast<std::size_t>(std::count_if(subject.allow.begin(), subject.allow.end(), [&](const Grant& grant) {
          return grant.expires && *grant.expires < *operand.today;
        }));
  if (count != 0)
    diagnostics.note({operand.name, 0, 0},
                     fmt::format("{} {} expired and {} nothing", count, count == 1 ? "grant has" : "grants have",
                                 count == 1 ? "allows" : "allow"));
}

int run_diff(DiffOptions& options, Diagnostics& diagnostics) {
  auto context = open_operand_context(options.input, options.ipset, diagnostics);
  if (!context || !*context) return refuse(context, diagnostics, options.color);
  const auto runs = [](const std::string& word) { return word == "kernel" || word.starts_with("kernel:"); };
  LiveMarkers markers(std::any_of(options.operands.begin(), options.operands.end(), runs));
  const auto kernel = make_kernel();
  (*context)->markers = &markers;
  (*context)->kernel = kernel.get();
  std::vector<Operand> operands;
  for (const std::string& word : options.operands) {
    auto operand = read_operand(word, **context, diagnostics);
    if (!operand || !*operand)
      return refuse(operand, diagnostics, options.color,
                    runs(word) ? exit_status::system_refused : exit_status::wrong_input);
    note_expired(**operand, diagnostics);
    operands.push_back(std::move(**operand));
  }
  if (!options.quiet) render(diagnostics, options.color);
  const Side before = side_of(std::move(operands[0]), markers);
  const Side after = side_of(std::move(operands[1]), markers);
  return report(before, after, markers, options);
}

}  // namespace

int diff(const Words& words) {
  return run_command("diff", words, run_diff,
                     "these rulesets are too complex to compare: their flows do not fit into memory");
}

}  // namespace egressc::commands
