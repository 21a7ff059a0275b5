using Hdms.Files.Downloads;
using Hdms.Kit.Problems;
using SkiaSharp;

namespace Hdms.Files.Tests.Downloads;

/// <summary>Small pictures of pictures.</summary>
public sealed class PreviewTests(FilesApi api) : IClassFixture<FilesApi>
{
    HttpClient Requester => api.As(api.World.Requester);

    [Theory]
    [InlineData(SKEncodedImageFormat.Png, 1600, 1200, 480, 360)]
    [InlineData(SKEncodedImageFormat.Jpeg, 600, 2400, 120, 480)]
    [InlineData(SKEncodedImageFormat.Png, 64, 32, 64, 32)]
    public async Task A_picture_gets_a_small_one(SKEncodedImageFormat format, int width, int height, int smallWidth, int smallHeight)
    {
        var file = await Requester.UploadAsync(Picture(format, width, height), "picture");
        await Eventually.ShouldAsync(async () => (await Requester.FileAsync(file.Id)).HasPreview);

        using var answer = await Requester.GetAsync($"{FileActs.Path}/{file.Id}/preview");

        answer.Content.Headers.ContentType!.MediaType.ShouldBe("image/jpeg");
        using var small = SKBitmap.Decode(await answer.Content.ReadAsByteArrayAsync());
        (small.Width, small.Height).ShouldBe((smallWidth, smallHeight));
    }

    [Fact]
    public async Task A_picture_that_is_none_after_its_beginning_is_kept_without_one()
    {
        var file = await Requester.UploadAsync([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. new byte[100]], "broken.png");

        await Eventually.ShouldAsync(async () => await api.Database.ScalarAsync<long>("SELECT count(*) FROM file_jobs WHERE file_id = @Id", new { file.Id }) == 0);
        await Requester.GetAsync($"{FileActs.Path}/{file.Id}/preview").ShouldBeAsync(Codes.NotFound);
        (await Requester.FileAsync(file.Id)).HasPreview.ShouldBeFalse();
    }

    [Fact]
    public void A_picture_that_says_it_is_huge_is_not_unpacked()
    {
        var png = Picture(SKEncodedImageFormat.Png, 8, 8);

        // Width and height are the first two numbers of the first chunk, and the sum of that is at its end.
        (png[16], png[17], png[20], png[21]) = (0, 1, 0, 1);
        var sum = Crc32(png.AsSpan(12, 17));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), sum);

        Previews.Draw(png).ShouldBeNull();
    }

    static byte[] Picture(SKEncodedImageFormat format, int width, int height)
    {
        using var surface = SKSurface.Create(new SKImageInfo(width, height));
        surface.Canvas.Clear(SKColors.SeaGreen);
        using var image = surface.Snapshot();
        using var data = image.Encode(format, 90);
        return data.ToArray();
    }

    static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }

        return ~crc;
    }
}
