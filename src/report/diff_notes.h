// What diff says below its list, for a person.
#pragma once

#include <span>
#include <string>

#include "egressc/compare.h"

namespace egressc {

// Names that one family alone reaches, undecided rules (`verbose`: all of them), what could not be compared, and a
// closing line.
std::string diff_notes(const Difference& difference, std::span<const SubjectDifference> subjects,
                       std::span<const OneFamily> one_family, const Side& before, const Side& after, bool verbose);

}  // namespace egressc
