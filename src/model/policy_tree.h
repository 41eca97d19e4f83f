// A policy as the document it is written as.
#pragma once

#include "egressc/policy.h"
#include "model/document/document.h"

namespace egressc {

enum class Detail : std::uint8_t {
  everything,
  meaning,  // no evidence, review, comments and marks; names in lower case
};

Tree policy_tree(const Policy& policy, Detail detail);

// Parts of it, in every detail.
Tree grant_tree(const Grant& grant);
Tree review_tree(const Review& entry);
Tree subject_tree(const Subject& subject);
Tree evidence_tree(const Evidence& evidence);

}  // namespace egressc
