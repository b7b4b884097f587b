/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What both connectors do with a configuration: keys that no class reads are noticed, lists are
 * read.
 */
package org.pgqconnect.config;
