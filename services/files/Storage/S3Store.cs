using System.Net;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Hdms.Files.Storage;

/// <summary>Files in a bucket of S3, or of anything that speaks it. What is large goes up in parts, so that no more than one is in hand.</summary>
sealed class S3Store(S3Settings settings) : IFileStore, IDisposable
{
    const int PartSize = 8 * 1024 * 1024;

    readonly AmazonS3Client _s3 = new(
        new BasicAWSCredentials(settings.AccessKey, settings.SecretKey),
        new AmazonS3Config
        {
            ServiceURL = settings.Address.ToString(),
            AuthenticationRegion = settings.Region,
            ForcePathStyle = true,
            MaxErrorRetry = 2,
            Timeout = TimeSpan.FromSeconds(60),

            // Others than Amazon's do not know the checksums that the newer clients add by themselves; the SHA-256 is ours.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        });

    public string Name => $"the bucket {settings.Bucket}";

    public Task PutAsync(string key, string staged, CancellationToken ct) => CallAsync(async () =>
    {
        var length = new FileInfo(staged).Length;
        if (length <= PartSize)
        {
            await _s3.PutObjectAsync(new PutObjectRequest { BucketName = settings.Bucket, Key = key, FilePath = staged, UseChunkEncoding = false }, ct);
        }
        else
        {
            await PutInPartsAsync(key, staged, length, ct);
        }

        return true;
    });

    public Task<Stream?> OpenAsync(string key, long offset, long length, CancellationToken ct) => CallAsync<Stream?>(async () =>
    {
        try
        {
            var answer = await _s3.GetObjectAsync(
                new GetObjectRequest { BucketName = settings.Bucket, Key = key, ByteRange = new ByteRange(offset, offset + length - 1) }, ct);
            return answer.ResponseStream;
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    });

    public Task<long?> SizeAsync(string key, CancellationToken ct) => CallAsync<long?>(async () =>
    {
        try
        {
            return (await _s3.GetObjectMetadataAsync(settings.Bucket, key, ct)).ContentLength;
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    });

    public Task DeleteAsync(string key, CancellationToken ct) => CallAsync(async () => await _s3.DeleteObjectAsync(settings.Bucket, key, ct));

    public async IAsyncEnumerable<StoredBytes> ListAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var request = new ListObjectsV2Request { BucketName = settings.Bucket };
        for (; ; )
        {
            var page = await CallAsync(() => _s3.ListObjectsV2Async(request, ct));
            foreach (var found in page.S3Objects ?? [])
            {
                yield return new StoredBytes(found.Key, found.Size, new DateTimeOffset(found.LastModified.ToUniversalTime()));
            }

            if (!page.IsTruncated)
            {
                yield break;
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
    }

    public void Dispose() => _s3.Dispose();

    async Task PutInPartsAsync(string key, string staged, long length, CancellationToken ct)
    {
        var upload = (await _s3.InitiateMultipartUploadAsync(settings.Bucket, key, ct)).UploadId;
        try
        {
            var parts = new List<PartETag>();
            for (var at = 0L; at < length; at += PartSize)
            {
                var part = await _s3.UploadPartAsync(
                    new UploadPartRequest
                    {
                        BucketName = settings.Bucket,
                        Key = key,
                        UploadId = upload,
                        PartNumber = parts.Count + 1,
                        FilePath = staged,
                        FilePosition = at,
                        PartSize = Math.Min(PartSize, length - at),
                        UseChunkEncoding = false,
                    },
                    ct);
                parts.Add(new PartETag(parts.Count + 1, part.ETag));
            }

            await _s3.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest { BucketName = settings.Bucket, Key = key, UploadId = upload, PartETags = parts }, ct);
        }
        catch
        {
            await ForgetAsync(key, upload);
            throw;
        }
    }

    /// <summary>Parts that belong to nothing are paid for all the same.</summary>
    async Task ForgetAsync(string key, string upload)
    {
        try
        {
            await _s3.AbortMultipartUploadAsync(settings.Bucket, key, upload, CancellationToken.None);
        }
        catch (Exception e) when (IsAway(e))
        {
            // A rule of the bucket has to do it (docs/operating.md).
        }
    }

    /// <summary>One kind of fault for whoever stores files, whatever the storage is.</summary>
    static async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception e) when (IsAway(e) && e is not IOException)
        {
            throw new IOException($"S3 did not answer as it should: {e.Message}", e);
        }
    }

    static bool IsAway(Exception e) => e is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or WebException or TimeoutException;
}
