using FsCheck;
using FsCheck.Fluent;

namespace Hdms.Files.Tests.Uploads;

/// <summary>However an upload is split, the same file comes of it.</summary>
public sealed class SplitTests(FilesApi api) : IClassFixture<FilesApi>
{
    [Fact]
    public void Any_split_into_parts_gives_the_same_file()
    {
        var parts = Gen.ListOf(Gen.Choose(1, 40_000)).Select(l => l.Count == 0 ? [1] : l.Take(12).ToArray()).ToArbitrary();

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(30), Prop.ForAll(parts, sizes => ComesWholeAsync(sizes).GetAwaiter().GetResult()));
    }

    async Task<bool> ComesWholeAsync(int[] sizes)
    {
        var requester = api.As(api.World.Requester);
        var bytes = FileActs.Pdf(Math.Max(9, sizes.Sum()), seed: sizes.Sum());
        var upload = await requester.BeginAsync(bytes.Length);
        var at = 0;
        foreach (var size in sizes.Append(bytes.Length))
        {
            var part = bytes[at..Math.Min(at + size, bytes.Length)];
            if (part.Length == 0)
                break;
            (await requester.ContinueAsync(upload, at, part)).EnsureSuccessStatusCode();
            at += part.Length;
        }

        return (await requester.BytesAsync(FileActs.IdOf(upload))).AsSpan().SequenceEqual(bytes);
    }
}
