//! May it pass: findings against what the caller allows.
