#include "intake/inputs.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "intake/guards.h"
#include "intake/input_words.h"
#include "intake/policy_file.h"
#include "model/words/words.h"
#include "support/passwd.h"

namespace egressc::intake {
namespace {

// An input that is open and whose parser is known.
struct OpenInput {
  std::string path;
  const SourceFormat* format = nullptr;  // nullptr: a policy
  bool vouched = false;                  // FORMAT: was spelled out
  LineInput text;
};

Result<std::optional<OpenInput>> open_input(const std::string& text, std::optional<LineInput> is_open,
                                            Diagnostics& diagnostics) {
  const auto word = split_input_word(text, diagnostics);
  if (!word) return std::optional<OpenInput>();
  if (word->path.empty()) {
    diagnostics.error({}, fmt::format("\"{}\" names no file", text), "FORMAT:PATH, or - for standard input");
    return std::optional<OpenInput>();
  }
  const FileKind kind = word->format == "policy" ? FileKind::regular : FileKind::any;
  auto opened = is_open ? Result<LineInput>(std::move(*is_open)) : LineInput::open(word->path, kind);
  if (!opened) return opened.failure();
  OpenInput input{word->path == "-" ? "stdin" : word->path, nullptr, !word->format.empty(), std::move(*opened)};
  if (word->format == "policy") return std::optional(std::move(input));
  if (input.vouched) {
    input.format = find_source_format(word->format);
    return std::optional(std::move(input));
  }
  if (looks_like_policy(input.text.head())) return std::optional(std::move(input));
  input.format = sniff(input.text.head());
  if (input.format == nullptr) {
    diagnostics.error(
        {input.path, 0, 0},
        input.text.head().empty() ? "the file is empty" : "this is no log or policy that egressc knows",
        fmt::format("if it is one, say which: FORMAT:{}, with FORMAT one of {}", word->path, joined(input_words())));
    return std::optional<OpenInput>();
  }
  return std::optional(std::move(input));
}

// A bare path is believed nothing, and a governed process can write a policy as well as a log: beside logs, or under
// the name of one, it is one only by the word of whoever runs egressc.
void refuse_unsaid_policies(const std::vector<OpenInput>& inputs, Diagnostics& diagnostics) {
  const bool any_log =
      std::any_of(inputs.begin(), inputs.end(), [](const OpenInput& input) { return input.format != nullptr; });
  for (const OpenInput& input : inputs) {
    if (input.format != nullptr || input.vouched || (!any_log && is_named_as_policy(input.path))) continue;
    diagnostics.error(
        {input.path, 0, 0},
        any_log ? "this reads like a policy, and stands bare among logs: whoever writes it could grant "
                  "himself what he likes"
                : "this reads like a policy, and is not named as one (.yaml, .yml or .json)",
        fmt::format("if somebody you trust wrote it, say so: policy:{}", input.path == "stdin" ? "-" : input.path));
  }
}

// What may be kept of all logs together.
class Budget {
 public:
  explicit Budget(const InputOptions& options) : most_(options.max_memory) {}

  // A log that took `before` bytes takes `now` of them. False if that is too much: then reading may stop.
  bool take(std::size_t before, std::size_t now) { return fits(taken_ += now - before); }
  void check(Diagnostics& diagnostics) const {
    if (!fits(taken_))
      diagnostics.error({}, "what the logs say takes more memory than --max-memory allows",
                        "read less of them with --since and --until, or fewer at a time, or raise --max-memory");
  }

 private:
  bool fits(std::size_t bytes) const { return !most_ || bytes <= *most_; }

  std::optional<std::size_t> most_;
  std::atomic<std::size_t> taken_{0};
};

// Reads one log to its end, or until the budget is spent.
Result<Observations> read_log(OpenInput& input, const ParseContext& context, const LearnOptions& learn,
                              Budget& budget) {
  Observations observations;
  observations.file = input.path;
  observations.format = input.format->name;
  observations.trust = input.vouched ? input.format->trust : Trust::claimed;
  observations.since = learn.since;
  observations.until = learn.until;
  ParseContext own = context;
  own.head = input.text.head();
  const LogParser parser = input.format->open(own, observations);
  std::string_view lines;
  std::uint64_t first_overlong = 0;
  std::size_t bytes = 0;
  for (;;) {
    const auto more = input.text.next(lines);
    if (!more) return more.failure();
    if (first_overlong == 0 && input.text.overlong_lines() != 0) first_overlong = observations.lines + 1;
    if (!*more) break;
    parser.feed(lines);
    const std::size_t before = std::exchange(bytes, observations.bytes());
    if (!budget.take(before, bytes)) break;
  }
  parser.finish();
  budget.take(bytes, observations.bytes());
  if (first_overlong != 0)
    observations.skipped.push_back({"a line over 1 MiB", input.text.overlong_lines(), first_overlong});
  observations.finish();
  return observations;
}

// Every log, `threads` at a time; each in its own place, so that the order of finishing changes nothing.
std::vector<std::optional<Result<Observations>>> read_logs(std::vector<OpenInput>& inputs, const ParseContext& context,
                                                           const InputOptions& options, Budget& budget) {
  std::vector<std::optional<Result<Observations>>> results(inputs.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < inputs.size(); i = next++)
      if (inputs[i].format != nullptr) results[i] = read_log(inputs[i], context, options.learn, budget);
  };
  const unsigned wanted = options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> workers;
  for (std::size_t i = 1; i < std::min<std::size_t>(wanted, inputs.size()); ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();
  return results;
}

// A file that holds nothing of the format it was said to have, but looks like another.
void check_format(const OpenInput& input, const std::string& head_format, const Observations& log,
                  Diagnostics& diagnostics) {
  if (!log.empty() || !log.resolutions.empty()) return;
  if (log.lines == 0) {
    diagnostics.warning({input.path, 0, 0}, "the file is empty");
    return;
  }
  const std::uint32_t line =
      log.skipped.empty() ? 0
                          : static_cast<std::uint32_t>(std::min<std::uint64_t>(log.skipped[0].first_line, 0xffffffff));
  if (!head_format.empty() && head_format != log.format)
    diagnostics.error({input.path, line, 0},
                      fmt::format("none of its {} line(s) is {}; it looks like {}", log.lines, log.format, head_format),
                      fmt::format("{}:{}", head_format, input.path));
  else
    diagnostics.warning({input.path, line, 0},
                        fmt::format("nothing in its {} line(s) is of use as {}{}{}", log.lines, log.format,
                                    log.skipped.empty() ? "" : ": ", log.skipped.empty() ? "" : log.skipped[0].reason));
}

void report_untrusted(const OpenInput& input, const Observations& log, Diagnostics& diagnostics) {
  if (input.vouched || input.format->trust == Trust::claimed || (log.empty() && log.resolutions.empty())) return;
  diagnostics.note(
      {input.path, 0, 0},
      fmt::format("read as {}, but nobody vouches for it: its records are claims and grant nothing",
                  input.format->name),
      fmt::format("if the governed process cannot write it, say so: {}:{}", input.format->name, input.path));
}

// With --strict, lines that could not be read are errors. Lines that were read and are no egress are not.
void check_strict(const Observations& log, Diagnostics& diagnostics) {
  for (const Skipped& skipped : log.skipped) {
    const std::string_view reason = skipped.reason;
    if (!reason.starts_with("not a") && !reason.starts_with("invalid") && !reason.starts_with("duplicate") &&
        !reason.starts_with("a line over"))
      continue;
    diagnostics.error(
        {log.file, static_cast<std::uint32_t>(std::min<std::uint64_t>(skipped.first_line, 0xffffffff)), 0},
        fmt::format("{} line(s): {}", skipped.count, reason), "without --strict such lines are only counted");
  }
}

Result<UserIds> names_of(const std::optional<std::string>& file, Diagnostics& diagnostics) {
  return file ? read_name_ids(*file, diagnostics) : UserIds{};
}

}  // namespace
}  // namespace egressc::intake

namespace egressc {

Result<std::optional<InputContext>> open_context(InputOptions options, Diagnostics& diagnostics) {
  auto users = intake::names_of(options.passwd, diagnostics);
  if (!users) return users.failure();
  auto groups = intake::names_of(options.group, diagnostics);
  if (!groups) return groups.failure();
  if (options.passwd) options.learn.uids = ids_of("uid", options.uids, *users, diagnostics);
  if (options.group) options.learn.gids = ids_of("gid", options.gids, *groups, diagnostics);
  InputContext context{std::move(options), std::move(*users), std::move(*groups), {}};
  auto ceiling = read_guards(context.options.guards, context.known_users(), diagnostics);
  if (!ceiling) return ceiling.failure();
  if (!*ceiling) return std::optional<InputContext>();
  context.ceiling = std::move(**ceiling);
  return std::optional(std::move(context));
}

Result<std::optional<Inputs>> read_inputs(std::span<const std::string> words, const InputContext& context,
                                          Diagnostics& diagnostics, std::vector<std::optional<LineInput>> opened) {
  using namespace intake;
  const InputOptions& options = context.options;
  if (std::count_if(words.begin(), words.end(),
                    [](const std::string& word) { return word == "-" || word.ends_with(":-"); }) > 1) {
    diagnostics.error({}, "standard input can be read only once", "give at most one input as -");
    return std::optional<Inputs>();
  }
  std::vector<OpenInput> inputs;
  opened.resize(words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto input = open_input(words[i], std::move(opened[i]), diagnostics);
    if (!input) return input.failure();
    if (*input) inputs.push_back(std::move(**input));
  }
  refuse_unsaid_policies(inputs, diagnostics);
  if (diagnostics.has_errors()) return std::optional<Inputs>();
  // Every input is open, and its parser known.

  ParseContext parse = options.parse;
  parse.users = context.known_users();
  parse.groups = context.groups.empty() ? nullptr : &context.groups;
  std::vector<std::string> sniffed;
  for (const OpenInput& input : inputs) {
    const Micros dated = first_dated_time(input.text.head(), parse.utc_offset_minutes);
    if (dated != no_time && (parse.reference == no_time || dated < parse.reference)) parse.reference = dated;
    const SourceFormat* format = input.format == nullptr ? nullptr : sniff(input.text.head());
    const bool is_sure = format != nullptr && format->sniff(input.text.head()) >= sure_share;
    sniffed.emplace_back(is_sure ? std::string(format->name) : std::string());
  }

  Budget budget(options);
  auto logs = read_logs(inputs, parse, options, budget);
  budget.check(diagnostics);
  if (diagnostics.has_errors()) return std::optional<Inputs>();
  Inputs result;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].format != nullptr) {
      if (!*logs[i]) return logs[i]->failure();
      check_format(inputs[i], sniffed[i], **logs[i], diagnostics);
      report_untrusted(inputs[i], **logs[i], diagnostics);
      if (options.strict) check_strict(**logs[i], diagnostics);
      result.logs.push_back(std::move(**logs[i]));
      continue;
    }
    auto file = read_policy_file(std::move(inputs[i].text), inputs[i].path, context.known_users(), diagnostics);
    if (!file) return file.failure();
    if (!*file) continue;
    result.policy_files.push_back(inputs[i].path);
    result.policies.push_back(std::move((*file)->policy));
  }
  if (diagnostics.has_errors()) return std::optional<Inputs>();
  return std::optional(std::move(result));
}

}  // namespace egressc
