/** The reserved paths: who is a member and shall be, the ring as JSON, and the metrics. */
@NullMarked
package io.hashring.demo.admin;

import org.jspecify.annotations.NullMarked;
