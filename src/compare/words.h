// Ids and destinations in words.
#pragma once

#include <span>
#include <string>

#include "egressc/compare.h"

namespace egressc::comparing {

// "1001", "2000-2015", as in a policy.
std::string id_text(const IdRange& range);
// "uid 1001, 2000-2015", "uid 3000 gid 7", "everybody, packets without a socket".
std::string who_text(const SubjectDifference& subject);
// "api.example.com", "*.example.com (live)", "203.0.113.0/24", "anywhere".
std::string destination_text(const FlowLine& line);

}  // namespace egressc::comparing
