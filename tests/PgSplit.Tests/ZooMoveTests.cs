using PgSplit.Tests.Zoo;

namespace PgSplit.Tests;

public sealed class ZooMoveTests
{
    [Fact]
    [Trait("Case", "21"), Trait("Case", "22"), Trait("Case", "27"), Trait("Case", "28"), Trait("Case", "29"), Trait("Case", "31"), Trait("Case", "33"), Trait("Case", "34"), Trait("Case", "35"), Trait("Case", "36")]
    [Trait("Case", "26")]
    [Trait("Case", "39"), Trait("Case", "40"), Trait("Case", "46"), Trait("Case", "49"), Trait("Case", "50")]
    public async Task Every_kind_goes_through_a_whole_move_and_back_byte_for_byte()
    {
        await using var world = await MoveWorld.CreateAsync(schema: await ZooMove.SchemaAsync());
        await ZooMove.ThereAndBackAsync(world);
    }
}
