// What a compile read and made of it, and what diff says below its list, for a person on a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "egressc/learn_options.h"
#include "egressc/observation.h"
#include "model/words/words.h"

namespace egressc {

struct Difference;
struct OneFamily;
struct Policy;
struct Side;
struct SubjectDifference;

// "65 s", "2 min 5 s", "1 h 5 min": rounded up.
std::string duration_text(std::chrono::milliseconds time);

// A line for each log; with `verbose`, each reason for which lines were not used.
std::string describe_logs(std::span<const Observations> logs, bool verbose);

// What became of the records: granted, in review, left out; with `verbose`, some of the names that are only mentioned.
std::string describe_learning(const LearnSummary& summary, bool verbose = false);

// A line for each wildcard, with what it stands for and what it adds.
std::string describe_generalized(std::span<const Generalized> generalized);

// How many grants the guard cut; "" for none.
std::string describe_cut(std::size_t count);

// Subjects, grants, and review entries by reason.
std::string describe_policy(const Policy& policy, const std::string& hash);

// What diff says below its list. Names that one family alone reaches, undecided rules (`verbose`: all of them), what
// could not be compared, and a closing line.
std::string diff_notes(const Difference& difference, std::span<const SubjectDifference> subjects,
                       std::span<const OneFamily> one_family, const Side& before, const Side& after, bool verbose);

}  // namespace egressc
