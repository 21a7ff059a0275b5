using PgSplit.Tests.Zoo;

namespace PgSplit.Versions;

/// <summary>Every kind of object, rebuilt by a server of another version.</summary>
public sealed class SchemasBetweenVersions
{
    [Theory]
    [InlineData(15, 16)]
    [InlineData(15, 17)]
    [InlineData(15, 18)]
    [InlineData(16, 18)]
    [InlineData(17, 18)]
    [InlineData(18, 18)]
    [Trait("Category", "Long")]
    public async Task The_whole_zoo_is_rebuilt_without_a_difference(int source, int target)
    {
        await using var zoo = await ZooPair.CreateAsync(await Clusters.OfAsync(source), await Clusters.OfAsync(target));

        await zoo.CreateAllAsync();

        (await zoo.DiffAsync()).ShouldBeEmpty();
    }
}
