package io.hashring.demo.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RetryBudgetTest {

  private static int spendAll(RetryBudget budget) {
    int spent = 0;
    while (budget.spend()) {
      spent++;
    }
    return spent;
  }

  @Test
  void reserve_isThereAtTheStart_andEndsThere() {
    RetryBudget budget = new RetryBudget();
    assertThat(budget.left()).isEqualTo(RetryBudget.RESERVE);
    assertThat(spendAll(budget)).isEqualTo(RetryBudget.RESERVE);
    assertThat(budget.left()).isZero();
    assertThat(budget.spend()).isFalse();
  }

  @Test
  void fiveRequests_earnOneRetry() {
    RetryBudget budget = new RetryBudget();
    spendAll(budget);
    for (int i = 0; i < 4; i++) {
      budget.earn();
    }
    assertThat(budget.spend()).isFalse();
    budget.earn();
    assertThat(budget.left()).isEqualTo(1);
    assertThat(spendAll(budget)).isEqualTo(1);
  }

  @Test
  void savings_doNotGrowBeyondTheReserve() {
    RetryBudget budget = new RetryBudget();
    for (int i = 0; i < 100 * RetryBudget.RESERVE; i++) {
      budget.earn();
    }
    assertThat(spendAll(budget)).isEqualTo(RetryBudget.RESERVE);
  }
}
