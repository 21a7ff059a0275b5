using Hdms.Kit.Http;

namespace Hdms.Kit.Tests.Http;

public sealed class TotalsTests
{
    readonly ManualClock _clock = new();
    readonly Totals _totals;
    int _counted;

    public TotalsTests() => _totals = new Totals(_clock);

    [Fact]
    public async Task The_last_page_tells_by_itself_and_nothing_is_counted()
    {
        (await OfAsync(new PageQuery(), found: 7, there: 99)).ShouldBe(7);
        (await OfAsync(new PageQuery(), found: 0, there: 99)).ShouldBe(0);
        (await OfAsync(new PageQuery(3, 10), found: 10, there: 99)).ShouldBe(30);
        _counted.ShouldBe(0);
    }

    [Fact]
    public async Task A_page_that_is_not_the_last_one_or_lies_past_it_is_counted_each_time()
    {
        (await OfAsync(new PageQuery(), found: 21, there: 42)).ShouldBe(42);
        (await OfAsync(new PageQuery(), found: 21, there: 43)).ShouldBe(43);
        (await OfAsync(new PageQuery(9), found: 0, there: 43)).ShouldBe(43);
        _counted.ShouldBe(3);
    }

    [Fact]
    public async Task That_there_are_more_than_are_counted_is_remembered_for_half_a_minute_for_this_question_alone()
    {
        (await OfAsync(new PageQuery(), found: 21, there: 10_001)).ShouldBe(10_001);
        (await OfAsync(new PageQuery(2), found: 21, there: 40)).ShouldBe(10_001);
        (await OfAsync(new PageQuery(), found: 21, there: 40, question: "another")).ShouldBe(40);
        _clock.Advance(TimeSpan.FromSeconds(31));

        (await OfAsync(new PageQuery(), found: 21, there: 40)).ShouldBe(40);
        (await OfAsync(new PageQuery(), found: 21, there: 41)).ShouldBe(41);
    }

    [Fact]
    public async Task All_are_counted_on_request_and_none_when_none_is_asked_for()
    {
        await OfAsync(new PageQuery(), found: 21, there: 10_001);

        (await OfAsync(new PageQuery(Count: "exact"), found: 21, there: 12_345)).ShouldBe(12_345);
        (await OfAsync(new PageQuery(Count: "none"), found: 21, there: 12_345)).ShouldBe(0);
        _counted.ShouldBe(2);
    }

    Task<long> OfAsync(PageQuery page, int found, long there, string question = "mine") => _totals.OfAsync(page, found, question, () =>
    {
        _counted++;
        return Task.FromResult(there);
    });
}
