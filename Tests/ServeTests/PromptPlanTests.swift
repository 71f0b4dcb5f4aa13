import Serve
import Testing

struct PromptPlanTests {
    private func plan(_ count: Int, uniformTokens: Int = 12) -> PromptPlan {
        PromptPlan(count: count, uniformTokens: uniformTokens)
    }

    @Test(arguments: [(1, 0), (11, 0), (12, 12), (513, 513), (1024, 1024)])
    func `tokens are shared where a session computes them by the kernels for many`(count: Int, uniform: Int) {
        #expect(plan(count).uniformCount == uniform)
    }

    @Test func `the last token is computed always`() {
        #expect(plan(100).reusable(common: 100) == 99)
        #expect(plan(515).reusable(common: 512) == 512)
        #expect(plan(5).reusable(common: 5) == 0)
    }

    @Test func `nothing is shared where states depend on a prompt's length`() {
        let plan = PromptPlan(count: 100, uniformTokens: 12, sharesPrefixes: false)
        #expect(plan.reusable(common: 50) == 0)
        #expect(plan.uniformCount == 100)
    }

    @Test(arguments: [1, 7, 64, 600], [1, 11, 12, 300, 513, 2000])
    func `chunks follow one another within the budget`(budget: Int, count: Int) {
        let plan = plan(count)
        var done = 0
        while done < count {
            let range = plan.next(after: done, budget: budget)
            #expect(range.lowerBound == done && !range.isEmpty && range.count <= budget)
            done = range.upperBound
        }
        #expect(done == count)
    }
}
