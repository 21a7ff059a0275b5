using System.Buffers;
using System.Security.Cryptography;
using Hdms.Files.Types;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Http;

namespace Hdms.Files.Uploads;

/// <summary>
/// Writes a request's body behind what an upload has already. While one block is hashed and written, the next one comes in; so two
/// blocks are all that is in memory. What has come before a cut is kept.
/// </summary>
static class Incoming
{
    const int Block = 1024 * 1024;

    /// <param name="most">The whole file's length at most.</param>
    /// <param name="checksum">Over this body alone, when the client has sent one.</param>
    /// <returns>Whether the body came to its end.</returns>
    /// <exception cref="Refusal">413: more came than may; 415: its beginning tells that it is of no type that is taken.</exception>
    public static async Task<bool> WriteAsync(UploadHold hold, RunningHash hash, Stream body, long most, IncrementalHash? checksum, CancellationToken ct)
    {
        var (filling, writing) = (ArrayPool<byte>.Shared.Rent(Block), ArrayPool<byte>.Shared.Rent(Block));
        var written = Task.CompletedTask;
        try
        {
            for (var ended = false; !ended;)
            {
                int count;
                (count, ended) = await FillAsync(body, filling, ct);
                await written;
                if (hash.Length + count > most)
                {
                    throw new Refusal(Codes.FileTooLarge, $"It is larger than {FileRules.Readable(most)}.");
                }

                if (hash.Length == 0 && count >= FileTypes.HeadLength && !FileTypes.MayBeTaken(filling.AsSpan(0, count)))
                {
                    throw FileTypes.NotTaken();
                }

                (filling, writing) = (writing, filling);
                var block = writing.AsMemory(0, count);
                written = count == 0 ? Task.CompletedTask : Task.Run(() => Write(hold, hash, block.Span, checksum), CancellationToken.None);
            }

            await written;
            return true;
        }
        catch (Exception e) when (IsCut(e))
        {
            await written;
            return false;
        }
        finally
        {
            // Not before it is written out of them.
            await written.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ArrayPool<byte>.Shared.Return(filling);
            ArrayPool<byte>.Shared.Return(writing);
        }
    }

    static void Write(UploadHold hold, RunningHash hash, ReadOnlySpan<byte> block, IncrementalHash? checksum)
    {
        RandomAccess.Write(hold.File, block, hash.Length);
        hash.Append(block);
        checksum?.AppendData(block);
    }

    /// <summary>A whole block, or what there is before the end or the cut: the next read then tells of the cut.</summary>
    static async Task<(int Count, bool Ended)> FillAsync(Stream body, byte[] block, CancellationToken ct)
    {
        var count = 0;
        while (count < Block)
        {
            int read;
            try
            {
                read = await body.ReadAsync(block.AsMemory(count, Block - count), ct);
            }
            catch (Exception e) when (count > 0 && IsCut(e))
            {
                break;
            }

            if (read == 0)
            {
                return (count, true);
            }

            count += read;
        }

        return (count, false);
    }

    static bool IsCut(Exception e) => e is OperationCanceledException or IOException and not BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge };
}
