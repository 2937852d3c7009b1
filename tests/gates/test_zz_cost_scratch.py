import sys,time,statistics,subprocess,os
sys.path.insert(0,'/work/main')
import pytest
from orchestration.gates import *
from orchestration.model import *
from tests.gates.conftest import PASSWORD
from tests.gates.peers import *
def bench(label,gate,t,n=200):
    gate.look(t); gate.look(t)
    w=[];c0=time.process_time()
    for _ in range(n):
        a=time.perf_counter(); v=gate.look(t); w.append(time.perf_counter()-a)
    c=(time.process_time()-c0)/n
    print(f'{label:38s} wall {1e3*statistics.median(w):7.3f} ms  cpu {1e3*c:6.3f} ms  {v}')
def test_cost(postgres,start_redis,capsys):
    r=start_redis(); rp=start_redis('--requirepass','x')
    web=subprocess.Popen([sys.executable,'-c','''
import http.server
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(s):
        s.send_response(200); s.send_header("Content-Length","2"); s.end_headers(); s.wfile.write(b"ok")
    def log_message(s,*a): pass
import sys
h=http.server.ThreadingHTTPServer(("127.0.0.1",0),H); print(h.server_port,flush=True); h.serve_forever()
'''],stdout=subprocess.PIPE,text=True)
    wp=FakeTarget(port=int(web.stdout.readline()))
    pw=Secret(PASSWORD)
    with capsys.disabled(), nobody() as no, peer(hang_up) as hu:
        print()
        for n,g,t in [('http',HttpGate(port='x'),wp),('http body',HttpGate(port='x',body='ok'),wp),('redis',RedisGate(port='x'),r),('redis auth',RedisGate(port='x',password='x'),rp)]+[(f'pg {u}',PostgresGate(port='x',user=u,password=pw,database='postgres'),postgres.target) for u in('trusted','cleartext','digested','scrambled')]+[('tcp expect',TcpGate(port='x',send=b'PING\r\n',expect=b'PONG'),r)]:
            bench(n+' ready',g,t)
        bench('tcp plain ready',TcpGate(port='x'),r,40)
        for n,g in [('http',HttpGate(port='x')),('redis',RedisGate(port='x')),('pg',PostgresGate(port='x',user='u',password='x',database='postgres')),('tcp',TcpGate(port='x'))]:
            bench(n+' refused',g,no); bench(n+' accept+close',g,hu)
        bench('pg missing db',PostgresGate(port='x',user='trusted',database='nope'),postgres.target)
    web.kill(); web.wait()
