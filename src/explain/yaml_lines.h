// Parts of a policy file, as write_policy_yaml() lays it out.
#pragma once

#include <cstdint>
#include <string>

#include "egressc/policy.h"

namespace egressc {

// The lines of a grant; what stands behind "- " is in `column`, from 3.
std::string grant_lines(const Grant& grant, std::uint32_t column);
// The lines of a subject, its label in `column`, from 1.
std::string subject_lines(const Subject& subject, std::uint32_t column);

}  // namespace egressc
