/* Asks libmemcached which server it would send keys to. Reads lines: a mode, a hash, then servers
 * ("server HOST PORT WEIGHT") and keys ("key TEXT"); prints the index of a server for every key. */
#include <libmemcached/memcached.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(memcached_return_t result, memcached_st *memc) {
  if (result != MEMCACHED_SUCCESS) {
    fprintf(stderr, "%s\n", memcached_strerror(memc, result));
    exit(1);
  }
}

int main(void) {
  char mode[32];
  unsigned hash;
  if (scanf("%31s %u ", mode, &hash) != 2) {
    return 2;
  }
  memcached_st *memc = memcached_create(NULL);
  if (!strcmp(mode, "weighted")) {
    check(memcached_behavior_set(memc, MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED, 1), memc);
  } else {
    check(memcached_behavior_set(memc, MEMCACHED_BEHAVIOR_KETAMA, 1), memc);
    check(memcached_behavior_set(memc, MEMCACHED_BEHAVIOR_HASH, hash), memc);
    if (!strcmp(mode, "spy")) {
      check(
          memcached_behavior_set_distribution(memc, MEMCACHED_DISTRIBUTION_CONSISTENT_KETAMA_SPY),
          memc);
    }
  }
  char line[4096], host[1024];
  unsigned port, weight;
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (!strncmp(line, "key ", 4)) {
      printf("%u\n", memcached_generate_hash(memc, line + 4, strlen(line + 4)));
    } else if (sscanf(line, "server %1023s %u %u", host, &port, &weight) == 3) {
      check(memcached_server_add_with_weight(memc, host, (in_port_t) port, weight), memc);
    } else {
      return 2;
    }
  }
  memcached_free(memc);
  return 0;
}
